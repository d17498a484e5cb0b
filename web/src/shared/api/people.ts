import { queryOptions } from '@tanstack/react-query';
import type { Past } from '../frame';
import { get, post, send } from './get';
import type { Page } from './useList';

export interface Factor {
  code: string;
  points: number;
}

/** A factor with what it rests on. */
export interface FactorEvidence extends Factor {
  /** Invitees of the calls that speak for it. */
  calls: string[];
  /** Of the show rate: completed calls, and calls that are not upcoming. */
  fraction?: [number, number] | null;
  since?: string | null;
}

/** A customer, as the API sums them up. */
export interface Customer {
  contact_id: string;
  email: string | null;
  name: string | null;
  assigned_am: string | null;
  assigned_am_email: string | null;
  crm_owner?: string | null;
  total_calls_booked: number;
  calls_completed: number;
  calls_no_show: number;
  calls_canceled: number;
  calls_rescheduled: number;
  calls_upcoming: number;
  show_rate: number | null;
  attendance_rate: number | null;
  last_call_date: string | null;
  next_call_date: string | null;
  quality_points: number;
  health_score: number;
  health_factors: Factor[];
  alerts: string[];
}

/** A customer with what the figures rest on. */
export interface CustomerDetail extends Customer {
  factors: FactorEvidence[];
  high_value: boolean;
  /** Minor units, over all deals that are won. */
  won_revenue_minor: number;
}

export interface CustomersQuery {
  as_of?: string | null;
  known_at?: string | null;
  /** A code, or `any`. */
  alert?: string | null;
  next_call?: string | null;
  health?: string | null;
  /** A part of a name or an address. */
  q?: string | null;
  sort?: string | null;
  limit?: number;
  cursor?: string | undefined;
}

/** A page of the customers, judged at an instant. */
export const customers = (query: CustomersQuery): Promise<Page<Customer>> =>
  get<Page<Customer>>('/api/customers', { ...query });

/** One customer. */
export const customer = (id: string, past: Past) =>
  queryOptions({
    queryKey: ['customer', id, past],
    queryFn: () => get<CustomerDetail>(`/api/customers/${encodeURIComponent(id)}`, { ...past }),
  });

/** The name of a vendor's record. */
export interface SourceRecord {
  vendor: string;
  kind: string;
  id: string;
}

/** A step of a journey. */
export interface Step {
  at: string;
  kind: string;
  channel?: string | null;
  campaign?: string | null;
  amount_minor?: number | null;
  currency?: string | null;
  /** The row or record that it comes from. */
  row_id: string;
  /** Where its raw objects are found. */
  lineage?: string | null;
  /** The webhook that told of it. */
  raw_sha256?: string | null;
  delivery_id?: string | null;
  /** The booking that it is a step of. */
  booking_id?: string | null;
  /** Of a touch: what it earned, by model. */
  credit?: TouchCredit[];
}

/** What was credited: deals in millionths, money in minor units. */
export interface Earned {
  conversions_micro: number;
  revenue_minor: number;
  cash_minor: number;
}

/** What a touch got by a model. */
export interface TouchCredit extends Earned {
  model: string;
  /** Of all the person's revenue. */
  share_percent: number | null;
}

/** What every model divides among the touches, and what no touch gets. */
export interface Credited {
  currency: string | null;
  window_days: number;
  total: Earned;
  without_touch: Earned;
}

/** A piece of evidence of who somebody is, or a decision. */
export interface Edge {
  edge_id: string;
  subject?: string | null;
  evidence: string;
  value?: string | null;
  actor: string;
  at: string;
  reason?: string | null;
  counts: boolean;
  why_not?: string | null;
}

/** A decision of an admin about who is who. */
export interface MergeEntry {
  merge_id: string;
  kind: string;
  into?: string | null;
  from?: string | null;
  actor: string;
  at: string;
  reason?: string | null;
  /** It is in force. */
  counts: boolean;
}

/** A value that another record's value won over. */
export interface LostValue {
  field: string;
  value: string;
  record: SourceRecord;
  at: string;
  won_by: SourceRecord;
}

export interface Deal {
  opportunity_id: string;
  status: string;
  value_minor: number;
  currency?: string | null;
  date_won?: string | null;
}

export interface Contact {
  contact_id: string;
  name: string | null;
  aliases: string[];
  emails: string[];
  phones: string[];
  original_source: string | null;
  latest_source: string | null;
  close_source: string | null;
  first_contact_date: string | null;
  lead_status: string | null;
  close_lead_id: string | null;
  crm_owner?: string | null;
  opportunities: Deal[];
  /** Deals of others in which the person had a part. */
  influenced: Deal[];
  records: SourceRecord[];
  merge_log: MergeEntry[];
  journey: Step[];
  credited: Credited;
  lost: LostValue[];
  edges: Edge[];
}

/** One person: what is known, from where, and why it is one person. */
export const contact = (id: string, past: Past) =>
  queryOptions({
    queryKey: ['contact', id, past],
    queryFn: () => get<Contact>(`/api/contacts/${encodeURIComponent(id)}`, { ...past }),
  });

export interface EvidencePart {
  kind: string;
  value?: string | null;
  points?: number | null;
}

/** Two contacts that may be one person. */
export interface Candidate {
  contact_ids: string[];
  score?: number | null;
  evidence: EvidencePart[];
}

/** A page of pairs that may be one person each. */
export const candidates = (cursor?: string): Promise<Page<Candidate>> =>
  get<Page<Candidate>>('/api/contacts/candidates', { limit: 20, cursor });

/** A value that a merge or its undoing moves. */
export interface Move {
  table: string;
  key: string;
  column: string;
  from: unknown;
  to: unknown;
}

export interface Decided {
  merge_id?: string | null;
  moves?: Move[];
}

/** What can be decided about two contacts. */
export type Decision =
  | { kind: 'merge'; into: string; /** An id, or an address. */ from: string; reason: string }
  | { kind: 'unmerge'; merge_id: string };

/** Decides, or only tells what would move. */
export const decide = (decision: Decision, dryRun: boolean): Promise<Decided> => {
  const { kind, ...body } = decision;
  return post<Decided>(`/api/contacts/${kind}`, { ...body, ...(dryRun ? { dry_run: true } : {}) });
};

/** These two are not the same person, for good. */
export const reject = (contactIds: string[]): Promise<unknown> =>
  post('/api/contacts/reject', { contact_ids: contactIds });

/** What an erasure takes away, or would. */
export interface Erased {
  subject_hash: string;
  /** Counts by what they count. */
  erased: Record<string, number>;
  scan: {
    /** Where objects were looked for. */
    searched: string[];
    objects: number;
    /** Objects with an address or number of the person. */
    hits: number;
    /** Those of them that are files of tables. */
    in_tables: number;
    in_items: number;
    rows: number;
    items: number;
  };
  vendor_tasks: { vendor: string; action: string; id: string; status: string }[];
  /** The tables are built again without the person by the next run. */
  rebuild_due: boolean;
}

/** Erases a person for good, or only tells what would go. */
export const erase = (id: string, dryRun: boolean): Promise<Erased> =>
  send<Erased>('DELETE', `/api/contacts/${encodeURIComponent(id)}/forget`, {
    dry_run: dryRun || null,
  });
