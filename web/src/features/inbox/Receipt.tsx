import { useQuery } from '@tanstack/react-query';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { ChangeLine } from '@/shared/changes/ChangeLine';
import { movedBy, type Change } from '@/shared/changes/changes';
import { count } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { useFrame } from '@/shared/frame';
import { many, t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Tile } from '@/shared/ui/Tile';

export interface Replayed {
  body: Schema['ReceiptBody'];
  /** The instant of the numbers before it was processed again. */
  since: string | null;
}

const LIMIT = 1000;

/** What came of processing a delivery again: that nothing was sent, and which numbers it moved. */
export function Receipt({ delivery, replayed }: { delivery: string; replayed: Replayed }) {
  const { body } = replayed;
  return (
    <div className="flex flex-col gap-3 rounded-card border border-line p-4">
      <p role="status" className="m-0 flex flex-wrap items-center gap-2">
        <Badge tone={body.error_class ? 'bad' : 'ok'}>
          {body.error_class
            ? t`Processed again: ${sentence(body.status)}, ${sentence(body.error_class)}`
            : body.status === 'duplicate'
              ? t('Processed again: nothing new')
              : t`Processed again: ${sentence(body.status)}`}
        </Badge>
        <span>{t('No text, e-mail or payment was sent.')}</span>
      </p>
      {!body.error_class && <Moved delivery={delivery} since={replayed.since} />}
    </div>
  );
}

/** The numbers that the delivery moved, once the tables have been brought up to it. */
function Moved({ delivery, since }: { delivery: string; since: string | null }) {
  const { asOf } = useFrame();
  const run = asOf !== null && asOf !== since;
  const query = useQuery({
    queryKey: ['changes', 'of', delivery, since, asOf],
    queryFn: async () => {
      const query = { limit: LIMIT, ...(since ? { since } : {}) };
      const found = await unwrap(api.GET('/api/changes', { params: { query } }));
      return movedBy(found.items as unknown as Change[], delivery);
    },
    enabled: run,
  });
  if (!run)
    return (
      <p className="m-0 text-ink-2">
        {t('The tables take it in with their next run. What it moves is listed here then.')}
      </p>
    );
  return (
    <Tile query={query} what={t('the changes')} height="h-8">
      {(changes) =>
        changes.length === 0 ? (
          <p className="m-0">
            <Badge tone="ok">{t('0 rows changed')}</Badge>
          </p>
        ) : (
          <>
            <p className="m-0 font-medium">
              {many(
                changes.length,
                t('1 value changed'),
                t`${count(changes.length)} values changed`,
              )}
            </p>
            <ul className="m-0 flex list-none flex-col gap-2 p-0">
              {changes.map((change, at) => (
                <li key={`${change.column} ${String(at)}`}>
                  <ChangeLine change={change} />
                </li>
              ))}
            </ul>
          </>
        )
      }
    </Tile>
  );
}
