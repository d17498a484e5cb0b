import {
  ChartColumn,
  CircleUser,
  Gauge,
  GitMerge,
  House,
  Inbox,
  MessageSquareText,
  NotebookPen,
  PhoneCall,
  Scale,
  ScrollText,
  TicketCheck,
  UserRoundCog,
  UsersRound,
  type LucideIcon,
} from 'lucide-react';
import { t } from '@/shared/i18n/t';
import type { Role } from './session';

export interface Item {
  path: string;
  word: string;
  icon: LucideIcon;
  /** The second key after G. */
  key: string;
  roles: Role[];
}

const ALL: Role[] = ['admin', 'sales', 'viewer'];
const READERS: Role[] = ['admin', 'viewer'];
const ADMIN: Role[] = ['admin'];

/** The pages by group; what a role may not see is absent. */
export const GROUPS: [string, Item[]][] = [
  [
    t('Numbers'),
    [
      { path: '/app', word: t('Overview'), icon: House, key: 'o', roles: ALL },
      { path: '/app/marketing', word: t('Marketing'), icon: ChartColumn, key: 'm', roles: ALL },
      { path: '/app/sales', word: t('Sales'), icon: PhoneCall, key: 's', roles: ALL },
      { path: '/app/setters', word: t('Setters'), icon: NotebookPen, key: 't', roles: ALL },
    ],
  ],
  [
    t('People'),
    [
      { path: '/app/customers', word: t('Customers'), icon: UsersRound, key: 'c', roles: ALL },
      { path: '/app/contacts/review', word: t('Review'), icon: GitMerge, key: 'r', roles: ADMIN },
      {
        path: '/app/conversations',
        word: t('Conversations'),
        icon: MessageSquareText,
        key: 'v',
        roles: READERS,
      },
    ],
  ],
  [
    t('Money'),
    [
      { path: '/app/bookings', word: t('Bookings'), icon: TicketCheck, key: 'b', roles: ADMIN },
      { path: '/app/money', word: t('Ledger'), icon: Scale, key: 'l', roles: ADMIN },
    ],
  ],
  [
    t('System'),
    [
      { path: '/app/inbox', word: t('Inbox'), icon: Inbox, key: 'i', roles: ADMIN },
      { path: '/app/ops', word: t('Ops'), icon: Gauge, key: 'p', roles: ADMIN },
      { path: '/app/users', word: t('Users'), icon: UserRoundCog, key: 'u', roles: ADMIN },
      { path: '/app/audit', word: t('Audit'), icon: ScrollText, key: 'a', roles: ADMIN },
    ],
  ],
];

export const ACCOUNT: Item = {
  path: '/app/account',
  word: t('Account'),
  icon: CircleUser,
  key: 'y',
  roles: ALL,
};

/** The pages of a role. */
export const pagesOf = (role: Role): Item[] =>
  [...GROUPS.flatMap(([, items]) => items), ACCOUNT].filter((item) => item.roles.includes(role));
