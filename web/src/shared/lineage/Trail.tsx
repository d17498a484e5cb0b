import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { count, shortId } from '@/shared/format/number';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Facts } from '@/shared/ui/Card';
import { RawView } from '@/shared/ui/RawView';
import { Tile } from '@/shared/ui/Tile';
import { facts } from './facts';
import { tableWord } from './tables';
import {
  firstSent,
  kindOf,
  lineageOf,
  objectOf,
  pageOf,
  titleOf,
  TOLD,
  type Lineage,
  type Place,
  type Row,
} from './trail';

/** From a row to what the vendor sent: gold, silver, raw. */
export function Trail({ place }: { place: Place }) {
  const query = useQuery(lineageOf(place));
  return (
    <Tile query={query} what={t('the lineage')} height="h-24">
      {(lineage) => <Steps lineage={lineage} place={place} />}
    </Tile>
  );
}

function Steps({ lineage, place }: { lineage: Lineage; place: Place }) {
  const [at, setAt] = useState(firstSent(lineage));
  const { currency } = useFrame();
  const silver = lineage.silver as unknown as Row[];
  const gold = lineage.gold as unknown as Row[];
  const row = silver[at] ?? gold[0];
  const object = objectOf(lineage, at);
  return (
    <ol className="m-0 flex list-none flex-col gap-3 border-s-2 border-line p-0 ps-3">
      <li>
        <p className="m-0 text-meta text-ink-3">
          {gold.length > 0 ? t('Gold and silver') : t('Silver')} · {tableWord(lineage.table)}
        </p>
        {silver.length > 1 && (
          <label className="flex flex-wrap items-center gap-2 text-table">
            {t`${count(silver.length)} rows, shown:`}
            <select
              className="control min-w-0"
              value={at}
              onChange={(event) => {
                setAt(Number(event.target.value));
              }}
            >
              {silver.map((one, index) => (
                <option key={index} value={index}>
                  {`${titleOf(one)} · ${kindOf(one)}`}
                </option>
              ))}
            </select>
          </label>
        )}
        {row ? (
          <Facts items={facts(row, TOLD, currency)} />
        ) : (
          <p className="m-0 text-ink-3">
            {t('No row has this key now. A later webhook may have moved it.')}
          </p>
        )}
      </li>
      <li className="flex flex-col gap-2">
        <p className="m-0 text-meta text-ink-3">
          {object?.delivery_id
            ? t`Raw · delivery ${shortId(object.delivery_id)}`
            : object
              ? t('Raw · came with an import')
              : t('Raw · none')}
        </p>
        {object?.sha256 ? (
          <RawView sha256={object.sha256} />
        ) : (
          <p className="m-0 text-ink-3">{t('No object is known.')}</p>
        )}
      </li>
      <li>
        <Link className="inline-flex min-h-6 items-center text-brand" to={pageOf(place)}>
          {t('The whole way, on its own page')}
        </Link>
      </li>
    </ol>
  );
}
