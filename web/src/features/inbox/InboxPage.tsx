import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { parseAsDay } from '@/shared/address';
import { address } from '@/shared/api/get';
import { useList } from '@/shared/api/useList';
import { sentence } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { DayFilter, Filter } from '@/shared/ui/Fields';
import { Page } from '@/shared/ui/Page';
import { Table } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { Addresses } from './Addresses';
import { COLUMNS } from './columns';
import { Delivery, Missing } from './Delivery';
import {
  CLASSES,
  pageOf,
  queryOf,
  useDelivery,
  vendorWord,
  VENDORS,
  type Item,
} from './deliveries';
import { Find } from './Find';

const STATUSES = [
  'all',
  'received',
  'processing',
  'done',
  'duplicate',
  'ignored_kind',
  'failed',
  'quarantined',
  'skipped_erased',
] as const;

/** Inbox: deliveries with their statuses. */
export default function InboxPage() {
  const { zone } = useFrame();
  const [state, set] = useQueryStates(
    {
      status: parseAsStringLiteral(STATUSES).withDefault('all'),
      vendor: parseAsStringLiteral(VENDORS),
      class: parseAsStringLiteral(CLASSES),
      day: parseAsDay,
      open: parseAsString,
    },
    { history: 'push' },
  );
  const narrowed = [state.vendor, state.class, state.day].some((one) => one !== null);
  const query = queryOf(state, zone);
  const list = useList<Item>(['inbox', query], pageOf(query, 200));
  const shown = list.rows;
  const at = shown.findIndex((row) => row.delivery_id === state.open);
  const elsewhere = useDelivery(list.query.data && at < 0 ? state.open : null);
  const opened = shown[at] ?? elsewhere.data;
  const open = (id: string | null) => void set({ open: id });
  const clear = () => void set({ status: null, vendor: null, class: null, day: null });
  const beside = (row: Item | undefined) =>
    at < 0 || !row
      ? null
      : () => {
          open(row.delivery_id);
        };
  const nothing = (
    <Empty action={<Button onClick={clear}>{t('Show all')}</Button>}>
      {narrowed ? t('No delivery fits.') : t('No delivery has this status ✓')}
    </Empty>
  );
  return (
    <Page
      title={t('Inbox')}
      note={t(
        'Every webhook with what became of it. Nothing that is authentic is ever thrown away.',
      )}
      tools={
        <>
          <Filter
            label={t('Status')}
            value={state.status}
            options={STATUSES.map((s) => [s, sentence(s)])}
            onChange={(status) => void set({ status: status as (typeof STATUSES)[number] })}
          />
          <Filter
            label={t('From')}
            value={state.vendor ?? ''}
            options={choices(VENDORS, vendorWord)}
            onChange={(vendor) =>
              void set({ vendor: vendor ? (vendor as (typeof VENDORS)[number]) : null })
            }
          />
          <Filter
            label={t('Error')}
            value={state.class ?? ''}
            options={choices(CLASSES)}
            onChange={(name) =>
              void set({ class: name ? (name as (typeof CLASSES)[number]) : null })
            }
          />
          <DayFilter label={t('Day')} value={state.day} onChange={(day) => void set({ day })} />
          <Find onFind={open} />
        </>
      }
    >
      <Card>
        <Tile query={list.query} what={t('the inbox')} height="h-96">
          {() => (
            <Table
              name={t('inbox')}
              columns={COLUMNS}
              rows={list.rows}
              rowKey={(r) => r.delivery_id}
              onOpen={(r) => {
                open(r.delivery_id);
              }}
              more={list.more}
              csvHref={address('/api/inbox', { ...query, format: 'csv' })}
              total={list.total}
              tools={narrowed && <Button onClick={clear}>{t('Show all')}</Button>}
              empty={
                narrowed || state.status !== 'all' ? (
                  nothing
                ) : (
                  <Empty action={<Addresses />}>
                    {t('Nothing has arrived yet. The vendors send to these addresses:')}
                  </Empty>
                )
              }
            />
          )}
        </Tile>
      </Card>
      {opened && (
        <Delivery
          key={opened.delivery_id}
          item={opened}
          before={beside(shown[at - 1])}
          after={beside(shown[at + 1])}
          onClose={() => {
            open(null);
          }}
        />
      )}
      {elsewhere.data === null && (
        <Missing
          onClose={() => {
            open(null);
          }}
        />
      )}
    </Page>
  );
}

const choices = (names: readonly string[], word = sentence): [string, string][] => [
  ['', t('All')],
  ...names.map((name): [string, string] => [name, word(name)]),
];
