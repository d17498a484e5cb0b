import { api, unwrap } from '@/shared/api/client';
import { useNames } from '@/shared/api/users';
import { useList } from '@/shared/api/useList';
import { PAGE, useWhole } from '@/shared/api/useWhole';
import { count } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { DayFilter, Filter } from '@/shared/ui/Fields';
import { Page } from '@/shared/ui/Page';
import { Table } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { columnsOf } from './columns';
import { fits, useFilters, valuesOf, type Row } from './filters';

const read = (limit: number) => (cursor: string | undefined) =>
  unwrap(api.GET('/api/audit', { params: { query: { limit, ...(cursor ? { cursor } : {}) } } }));

/** Who did what? */
export default function AuditPage() {
  const { zone } = useFrame();
  const name = useNames();
  const [filters, set] = useFilters();
  const filtered = [filters.actor, filters.action, filters.day].some((one) => one !== null);
  const list = useList<Row>(['audit'], read(100));
  const found = useWhole<Row>(['audit'], read(PAGE), filtered, fits(filters, zone));
  const all = found.query.data?.rows ?? list.rows;
  const clear = () => void set({ actor: null, action: null, day: null });
  const options = (
    column: 'actor' | 'action',
    chosen: string | null,
    word: (v: string) => string,
  ) =>
    [...new Set([...(chosen ? [chosen] : []), ...valuesOf(all, column)])].map(
      (value): [string, string] => [value, word(value)],
    );
  const shared = {
    name: t('audit'),
    columns: columnsOf(name),
    rowKey: (r: Row) => `${r.at} ${r.action} ${r.subject}`,
  };
  return (
    <Page
      title={t('Audit')}
      note={t('What people changed, and which bodies they read. Nobody can edit it.')}
      tools={
        <>
          <Filter
            label={t('By')}
            value={filters.actor ?? ''}
            options={[
              ['', t('Everybody')],
              ...options('actor', filters.actor, (id) => name(id) ?? id),
            ]}
            onChange={(actor) => void set({ actor: actor || null })}
          />
          <Filter
            label={t('Action')}
            value={filters.action ?? ''}
            options={[['', t('All')], ...options('action', filters.action, sentence)]}
            onChange={(action) => void set({ action: action || null })}
          />
          <DayFilter label={t('Day')} value={filters.day} onChange={(day) => void set({ day })} />
        </>
      }
    >
      <Card>
        {filtered ? (
          <Tile query={found.query} what={t('the audit')} height="h-96">
            {({ rows, cut }) => (
              <Table
                {...shared}
                rows={found.rows}
                more={found.more}
                total={found.found.length}
                all={() => Promise.resolve(found.found)}
                tools={<Button onClick={clear}>{t('Clear filters')}</Button>}
                empty={
                  <Empty action={<Button onClick={clear}>{t('Clear filters')}</Button>}>
                    {cut
                      ? t`Nothing fits among the newest ${count(rows.length)} lines.`
                      : t('Nobody did this.')}
                  </Empty>
                }
              />
            )}
          </Tile>
        ) : (
          <Tile query={list.query} what={t('the audit')} height="h-96">
            {() => (
              <Table
                {...shared}
                rows={list.rows}
                more={list.more}
                csvHref="/api/audit?format=csv"
                total={list.total}
                empty={<Empty>{t('Nobody has changed anything yet.')}</Empty>}
              />
            )}
          </Tile>
        )}
      </Card>
    </Page>
  );
}
