import { useQuery } from '@tanstack/react-query';
import { Eye, EyeOff } from 'lucide-react';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useState } from 'react';
import { api, unwrap } from '@/shared/api/client';
import { useList } from '@/shared/api/useList';
import { maskedPhone } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { threadOf } from '@/shared/texts/find';
import { INTENTS, SHORT_REASONS, type Thread } from '@/shared/texts/reasons';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { Filter } from '@/shared/ui/Fields';
import { Page } from '@/shared/ui/Page';
import { Tile } from '@/shared/ui/Tile';
import { useNarrow } from '@/shared/ui/useNarrow';
import { OneThread } from './OneThread';
import { ThreadList } from './ThreadList';
import { Segments } from './Segments';
import { queryOf, SHOWN, type Shown } from './threads';

export const TABS: [string, string][] = [
  ['/app/conversations', t('Threads')],
  ['/app/conversations/figures', t('Figures')],
  ['/app/conversations/what-if', t('What if')],
];

/** Conversations, and for each text why it was sent or not. */
export default function ConversationsPage() {
  const narrow = useNarrow();
  const [state, set] = useQueryStates(
    {
      show: parseAsStringLiteral(SHOWN).withDefault('all'),
      reason: parseAsString,
      text: parseAsString,
      booking: parseAsString,
    },
    { history: 'push' },
  );
  const [unmasked, setUnmasked] = useState(false);
  const narrowed = state.show !== 'all' || state.reason !== null || state.text !== null;
  const filters = queryOf(state);
  const list = useList<Thread>(['conversations', filters], (cursor) => {
    const query = { ...filters, limit: 200, ...(cursor ? { cursor } : {}) };
    return unwrap(api.GET('/api/conversations', { params: { query } }));
  });
  // One in which nothing was said yet has nothing to show.
  const threads = list.rows.filter((thread) => thread.messages.length > 0);
  const listed = threads.find((thread) => thread.booking_id === state.booking);
  // A link may name a thread that is on no page which was read.
  const elsewhere = useQuery({
    ...threadOf(state.booking ?? ''),
    enabled: state.booking !== null && !listed && list.query.data !== undefined,
  });
  const picked = listed ?? (state.booking ? (elsewhere.data ?? undefined) : undefined);
  const waits = state.booking !== null && !picked && elsewhere.isFetching;
  const open = picked ?? (narrow || waits ? undefined : threads[0]);
  const phone = (thread: Thread) =>
    thread.phone ? (unmasked ? thread.phone : maskedPhone(thread.phone)) : t('No usable number');
  const choose = (part: { show?: Shown; reason?: string | null; text?: string | null }) =>
    void set({ ...part, booking: null });
  const clear = () => {
    void set({ show: null, reason: null, text: null, booking: null });
  };
  const content = () =>
    threads.length === 0 && !picked ? (
      <Card>
        <Empty action={narrowed && <Button onClick={clear}>{t('Show all')}</Button>}>
          {state.show === 'needs_reply'
            ? t('Nobody waits for an answer ✓')
            : narrowed
              ? t('No conversation matches.')
              : t('No conversation yet. Texts start with the first booking.')}
        </Empty>
      </Card>
    ) : (
      <div className="grid items-start gap-4 md:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
        {(!narrow || !picked) && (
          <ThreadList
            threads={threads}
            open={open}
            phone={phone}
            onOpen={(thread) => void set({ booking: thread.booking_id ?? null })}
            more={list.more}
          />
        )}
        {open && (
          <OneThread
            thread={open}
            phone={phone(open)}
            onBack={narrow ? () => void set({ booking: null }) : null}
          />
        )}
      </div>
    );
  // On a phone a thread is a screen of its own, with nothing but the way back above it.
  if (narrow && picked) return <Page title={picked.name ?? phone(picked)}>{content()}</Page>;
  return (
    <Page
      title={t('Conversations')}
      tabs={TABS}
      tools={
        <>
          <Segments
            shown={state.show}
            onShow={(show) => {
              choose({ show });
            }}
          />
          <Filter
            label={t('Reason')}
            value={state.reason ?? ''}
            options={[['', t('All')], ...Object.entries(SHORT_REASONS)]}
            onChange={(reason) => {
              choose({ reason: reason || null });
            }}
          />
          <Filter
            label={t('Text')}
            value={state.text ?? ''}
            options={[['', t('All')], ...Object.entries(INTENTS)]}
            onChange={(text) => {
              choose({ text: text || null });
            }}
          />
          <Button
            onClick={() => {
              setUnmasked(!unmasked);
            }}
          >
            {unmasked ? <EyeOff size={16} aria-hidden /> : <Eye size={16} aria-hidden />}
            {unmasked ? t('Hide numbers') : t('Show numbers')}
          </Button>
        </>
      }
    >
      <Tile query={list.query} what={t('the conversations')} height="h-96">
        {content}
      </Tile>
    </Page>
  );
}
