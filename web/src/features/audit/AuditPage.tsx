import { useQuery } from '@tanstack/react-query';
import { api, unwrap } from '@/shared/api/client';
import { useNames } from '@/shared/api/users';
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
import { columnsOf } from './columns';
import { queryOf, useFilters, valuesOf, type Row } from './filters';

/** Lines whose actions and people can be chosen. */
const RECENT = 1000;

type Query = ReturnType<typeof queryOf> & { limit: number; cursor?: string };

const read = (query: Query) => unwrap(api.GET('/api/audit', { params: { query } }));

/** Who did what? */
export default function AuditPage() {
  const { zone } = useFrame();
  const name = useNames();
  const [filters, set] = useFilters();
  const filtered = [filters.actor, filters.action, filters.day].some((one) => one !== null);
  const query = queryOf(filters, zone);
  const list = useList<Row>(['audit', query], (cursor) =>
    read({ ...query, limit: 200, ...(cursor ? { cursor } : {}) }),
  );
  const recent = useQuery({
    queryKey: ['audit', 'recent'],
    queryFn: () => read({ limit: RECENT }),
  });
  const all = recent.data?.items ?? [];
  const clear = () => void set({ actor: null, action: null, day: null });
  const options = (
    column: 'actor' | 'action',
    chosen: string | null,
    word: (v: string) => string,
  ) =>
    [...new Set([...(chosen ? [chosen] : []), ...valuesOf(all, column)])].map(
      (value): [string, string] => [value, word(value)],
    );
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
        <Tile query={list.query} what={t('the audit')} height="h-96">
          {() => (
            <Table
              name={t('audit')}
              columns={columnsOf(name)}
              rows={list.rows}
              rowKey={(r) => `${r.at} ${r.action} ${r.subject}`}
              more={list.more}
              all={list.all}
              total={list.total}
              tools={filtered && <Button onClick={clear}>{t('Clear filters')}</Button>}
              empty={
                filtered ? (
                  <Empty action={<Button onClick={clear}>{t('Clear filters')}</Button>}>
                    {t('Nobody did this.')}
                  </Empty>
                ) : (
                  <Empty>{t('Nobody has changed anything yet.')}</Empty>
                )
              }
            />
          )}
        </Tile>
      </Card>
    </Page>
  );
}
