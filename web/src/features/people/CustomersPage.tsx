import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useState } from 'react';
import { customers, type Customer } from '@/shared/api/people';
import { useList } from '@/shared/api/useList';
import { ALERTS, alertWord } from '@/shared/format/alerts';
import { usePast } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';
import { Filter } from '@/shared/ui/Fields';
import { FindText } from '@/shared/ui/FindText';
import { Page } from '@/shared/ui/Page';
import { ordered, Table } from '@/shared/ui/Table';
import { Tile } from '@/shared/ui/Tile';
import { columnsOf } from './customerColumns';
import { Peek } from './Peek';
import { useTeamName } from './team';

const NEXT = ['any', 'with', 'without'] as const;
const BANDS = ['any', 'good', 'fair', 'poor'] as const;
const ANYBODY = '';

const alerted = (row: Customer): number => (row.alerts.length > 0 ? 0 : 1);

const alertedFirst = (rows: Customer[]): Customer[] =>
  [...rows].sort((a, b) => alerted(a) - alerted(b) || a.health_score - b.health_score);

/** Customers with health, alerts and next call. */
export default function CustomersPage() {
  const [state, set] = useQueryStates(
    {
      alert: parseAsString,
      next: parseAsStringLiteral(NEXT).withDefault('any'),
      health: parseAsStringLiteral(BANDS).withDefault('any'),
      am: parseAsString.withDefault(ANYBODY),
      open: parseAsString,
      sort: parseAsString,
    },
    { history: 'push' },
  );
  // A name or an address stays out of the address of the page.
  const [text, setText] = useState('');
  const past = usePast();
  const team = useTeamName();
  const columns = columnsOf(team);
  const asked = {
    ...past,
    alert: state.alert,
    next_call: state.next === 'any' ? null : state.next === 'with' ? 'some' : 'none',
    health: state.health === 'any' ? null : state.health,
    q: text || null,
    sort: 'health_score',
  };
  const list = useList<Customer>(['customers', asked], (cursor) =>
    customers({ ...asked, limit: 1000, cursor }),
  );
  const managers = [...new Set(list.rows.flatMap((row) => row.assigned_am ?? []))].sort();
  const fits = (row: Customer) => state.am === ANYBODY || row.assigned_am === state.am;
  const fitting = list.rows.filter(fits);
  // The default order: customers with an alert first; within each group the lowest health first.
  const wanted = ordered(state.sort ? fitting : alertedFirst(fitting), columns, state.sort);
  const ofManager = wanted.length < list.rows.length;
  const asking = [asked.alert, asked.next_call, asked.health, asked.q];
  const filtered = ofManager || asking.some((filter) => filter !== null);
  const clear = () => {
    setText('');
    void set({ alert: null, next: null, health: null, am: null });
  };
  const opened = wanted.findIndex((row) => row.contact_id === state.open);
  return (
    <Page
      title={t('Customers')}
      note={t('How reliable people are, and when they come next.')}
      tools={
        <>
          <Filter
            label={t('Alert')}
            value={state.alert ?? ''}
            options={[
              ['', t('With or without')],
              ['any', t('Any alert')],
              ...ALERTS.map((a): [string, string] => [a, alertWord(a)]),
            ]}
            onChange={(alert) => void set({ alert: alert || null })}
          />
          <Filter
            label={t('Next call')}
            value={state.next}
            options={[
              ['any', t('Any')],
              ['with', t('Planned')],
              ['without', t('None')],
            ]}
            onChange={(next) => void set({ next: next as (typeof NEXT)[number] })}
          />
          <Filter
            label={t('Health')}
            value={state.health}
            options={[
              ['any', t('Any')],
              ['good', t('Good')],
              ['fair', t('Fair')],
              ['poor', t('At risk')],
            ]}
            onChange={(health) => void set({ health: health as (typeof BANDS)[number] })}
          />
          {managers.length > 0 && (
            <Filter
              label={t('Manager')}
              value={state.am}
              options={[
                [ANYBODY, t('Any')],
                ...managers.map((one): [string, string] => [one, one]),
              ]}
              onChange={(am) => void set({ am: am || null })}
            />
          )}
          <FindText
            label={t('Name or address')}
            hint={t('Find customers')}
            value={text}
            onFind={setText}
          />
        </>
      }
    >
      <Card>
        <Tile query={list.query} what={t('the customers')} height="h-96">
          {() => (
            <Table
              name={t('customers')}
              columns={columns}
              rows={wanted}
              rowKey={(r) => r.contact_id}
              onOpen={(r) => void set({ open: r.contact_id })}
              more={list.more}
              total={ofManager ? null : list.total}
              all={async () => (await list.all()).filter(fits)}
              empty={
                filtered ? (
                  <Empty action={<Button onClick={clear}>{t('Clear filters')}</Button>}>
                    {t('Nobody matches.')}
                  </Empty>
                ) : (
                  <Empty>
                    {t('No customers yet. Everybody who books or writes appears here.')}
                  </Empty>
                )
              }
            />
          )}
        </Tile>
      </Card>
      <Peek
        row={wanted[opened]}
        place={opened}
        rows={wanted}
        onGo={(row) => void set({ open: row?.contact_id ?? null })}
      />
    </Page>
  );
}
