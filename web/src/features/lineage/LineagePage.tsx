import { useQuery } from '@tanstack/react-query';
import { parseAsInteger, useQueryState } from 'nuqs';
import type { ReactNode } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { count, shortId } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { facts } from '@/shared/lineage/facts';
import {
  firstSent,
  kindOf,
  lineageOf,
  objectOf,
  titleOf,
  TOLD,
  type Lineage,
  type Row,
} from '@/shared/lineage/trail';
import { tableWord } from '@/shared/lineage/tables';
import { Card, Empty, Facts } from '@/shared/ui/Card';
import { cx } from '@/shared/ui/classes';
import { Id } from '@/shared/ui/Id';
import { Page } from '@/shared/ui/Page';
import { RawView } from '@/shared/ui/RawView';
import { Tile } from '@/shared/ui/Tile';

/** Columns of a silver row that are shown first; the others are under "All columns". */
const FIRST = [...TOLD, 'booking_hour', 'utm_source', 'utm_campaign'];

/** Numbers of the steps, with gold and without. */
const NUMBERS = [
  [1, 2, 3, 4],
  [0, 1, 2, 3],
] as const;

/** Lineage of a number: gold row, silver rows, raw bodies, deliveries. */
export default function LineagePage() {
  const { table = '' } = useParams();
  const [params] = useSearchParams();
  const keys = params.getAll('key');
  const query = useQuery(lineageOf({ table, keys }));
  return (
    <Page
      title={t('Where this comes from')}
      note={`${tableWord(table)} · ${keys.map(keyWord).join(' · ')}`}
    >
      <Tile query={query} what={t('the lineage')} height="h-96">
        {(lineage) => <Columns lineage={lineage} />}
      </Tile>
    </Page>
  );
}

/** A part of a row's key: `day=2026-03-01` is Day 2026-03-01. */
const keyWord = (key: string): string => {
  const [column = '', ...value] = key.split('=');
  return `${sentence(column)} ${value.join('=')}`;
};

function Columns({ lineage }: { lineage: Lineage }) {
  const [open, setOpen] = useQueryState('row', parseAsInteger);
  const { currency } = useFrame();
  const silver = lineage.silver as unknown as Row[];
  const gold = lineage.gold as unknown as Row[];
  if (gold.length === 0 && silver.length === 0) {
    return (
      <Card>
        <Empty>{t('No row has this key now. A later webhook may have moved it.')}</Empty>
      </Card>
    );
  }
  const at = open !== null && open in silver ? open : firstSent(lineage);
  const row = silver[at];
  const object = objectOf(lineage, at);
  const [ofGold, ofSilver, ofRaw, ofDelivery] = NUMBERS[gold.length > 0 ? 0 : 1];
  return (
    <div className="flex flex-col gap-4">
      <div className="grid gap-4 md:grid-cols-2 xl:grid-cols-[1fr_1.2fr_1fr_1fr]">
        {gold.length > 0 && (
          <Step number={ofGold} title={t('Gold')} note={t('the number')}>
            {gold.map((one, index) => (
              <Facts key={index} items={facts(one, Object.keys(one), currency)} />
            ))}
          </Step>
        )}
        <Step
          number={ofSilver}
          title={t('Silver')}
          note={
            lineage.truncated
              ? t`the first ${count(silver.length)} rows behind it`
              : t`${count(silver.length)} rows behind it`
          }
        >
          <ul className="m-0 flex max-h-96 list-none flex-col gap-2 overflow-y-auto p-0">
            {silver.map((one, index) => (
              <li key={index}>
                <button
                  type="button"
                  aria-pressed={index === at}
                  className={cx(
                    'w-full rounded-control border px-3 py-2 text-start',
                    index === at ? 'border-brand bg-brand-soft' : 'border-line hover:bg-sunken',
                  )}
                  onClick={() => void setOpen(index)}
                >
                  <span className="block font-medium wrap-anywhere">{titleOf(one)}</span>
                  <span className="block text-meta text-ink-3">{kindOf(one)}</span>
                </button>
              </li>
            ))}
          </ul>
        </Step>
        <Step number={ofRaw} title={t('Raw')} note={t('what the vendor sent')}>
          {object ? (
            <Facts
              items={[
                [
                  t('Kept in'),
                  object.tier === 'raw' ? t('the raw archive') : t('an imported file'),
                ],
                ['SHA-256', <Id key="h" id={object.sha256} />],
                [
                  t('Object'),
                  <span key="k" className="font-mono text-meta wrap-anywhere">
                    {object.key ?? t('gone')}
                  </span>,
                ],
              ]}
            />
          ) : (
            <p className="m-0 text-ink-3">
              {t('Nobody sent this row: it is made of others, or was entered here.')}
            </p>
          )}
        </Step>
        <Step number={ofDelivery} title={t('Delivery')} note={t('how it came in')}>
          <p className="m-0">
            {object?.delivery_id ? (
              <DeliveryLink id={object.delivery_id} />
            ) : object ? (
              t('It came with an import.')
            ) : (
              t('None.')
            )}
          </p>
        </Step>
      </div>
      {row && (
        <Card title={t('The chosen row')}>
          <div className="flex flex-col gap-3">
            <Facts items={facts(row, FIRST, currency)} />
            <details>
              <summary className="min-h-6 text-ink-2">{t('All columns')}</summary>
              <div className="mt-3">
                <Facts
                  items={facts(
                    row,
                    Object.keys(row).filter((name) => !FIRST.includes(name)),
                    currency,
                  )}
                />
              </div>
            </details>
          </div>
        </Card>
      )}
      {object?.sha256 && (
        <Card title={t('The raw body')}>
          <RawView sha256={object.sha256} />
        </Card>
      )}
    </div>
  );
}

/** Leads an admin to the delivery; the inbox is theirs. */
function DeliveryLink({ id }: { id: string }) {
  const { role } = useFrame();
  if (role !== 'admin') return <Id id={id} />;
  return (
    <Link className="inline-flex min-h-6 items-center text-brand" to={`/app/inbox?open=${id}`}>
      {t`Open ${shortId(id)} in the inbox`}
    </Link>
  );
}

function Step({
  number,
  title,
  note,
  children,
}: {
  number: number;
  title: string;
  note: string;
  children: ReactNode;
}) {
  return (
    <Card
      title={
        <>
          <span className="me-2 inline-flex size-5 items-center justify-center rounded-full bg-brand-soft text-meta text-brand">
            {number}
          </span>
          {title}
        </>
      }
      note={note}
    >
      {children}
    </Card>
  );
}
