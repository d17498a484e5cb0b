import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useSearchParams } from 'react-router';
import { api, unwrap } from '@/shared/api/client';
import { t } from '@/shared/i18n/t';
import { KNOWN, MOMENT } from '@/shared/moment';
import {
  dateTime,
  daysOf,
  instantOf,
  month as monthWord,
  shiftMonth,
  today,
  wallOf,
  zoneName,
} from '@/shared/time';
import { Button } from '@/shared/ui/Button';
import { Overlay } from '@/shared/ui/Dialogs';
import { Filter } from '@/shared/ui/Fields';
import { Tile } from '@/shared/ui/Tile';

const MONTHS_BACK = [-1, -2, -3];
/** Versions of the tables that are offered. */
const VERSIONS = 200;

/** Time travel: as judged at an instant (`as_of`), or as known at an instant (`known_at`). */
export function MomentPicker({
  open,
  onClose,
  at,
  known,
  zone,
}: {
  open: boolean;
  onClose: () => void;
  at: string | null;
  known: string | null;
  zone: string;
}) {
  const [params, set] = useSearchParams();
  const choose = (name: string, instant: string | null) => {
    const next = new URLSearchParams(params);
    if (instant) next.set(name, instant);
    else next.delete(name);
    set(next);
    onClose();
  };
  return (
    <Overlay open={open} onClose={onClose} title={t('Look at another instant')} shape="middle">
      <div className="flex flex-col gap-6">
        <JudgeAt
          at={at}
          zone={zone}
          onChoose={(instant) => {
            choose(MOMENT, instant);
          }}
        />
        <KnownOn
          known={known}
          zone={zone}
          onChoose={(instant) => {
            choose(KNOWN, instant);
          }}
        />
      </div>
    </Overlay>
  );
}

interface Choice {
  zone: string;
  onChoose: (instant: string | null) => void;
}

/** Everything known today, judged as if it were that instant. */
function JudgeAt({ at, zone, onChoose }: Choice & { at: string | null }) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const now = today(zone);
  const value = typed ?? (at ? wallOf(at, zone) : `${now}T00:00`);
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        onChoose(instantOf(value, zone));
      }}
    >
      <div>
        <h3 className="m-0 text-body font-semibold">{t('Judge at')}</h3>
        <p className="m-0 text-meta text-ink-3">
          {t(
            'Everything known today, judged as if it were that instant: what has started, ended, lies ahead. It holds for key figures, attribution and customers.',
          )}
        </p>
      </div>
      <label htmlFor={id} className="flex flex-col gap-1 text-table font-medium">
        {t`Instant, ${zoneName(zone)} time`}
        <input
          id={id}
          type="datetime-local"
          required
          className="control w-full"
          max={`${now}T23:59`}
          value={value}
          onChange={(event) => {
            setTyped(event.target.value);
          }}
        />
      </label>
      <div className="flex flex-wrap gap-2">
        <Button type="submit" kind="primary">
          {t('Judge at this instant')}
        </Button>
        {MONTHS_BACK.map((by) => {
          const month = shiftMonth(now.slice(0, 7), by);
          return (
            <Button
              key={month}
              onClick={() => {
                onChoose(instantOf(`${daysOf(month).to}T23:59`, zone));
              }}
            >{t`End of ${monthWord(month)}`}</Button>
          );
        })}
        {at && (
          <Button
            onClick={() => {
              onChoose(null);
            }}
          >
            {t('Judge at now')}
          </Button>
        )}
      </div>
    </form>
  );
}

/** The `known_at` choice: instants at which tables changed. */
function KnownOn({ known, zone, onChoose }: Choice & { known: string | null }) {
  const query = useQuery({
    queryKey: ['versions'],
    queryFn: () => unwrap(api.GET('/api/versions', { params: { query: { limit: VERSIONS } } })),
  });
  return (
    <section className="flex flex-col gap-3">
      <div>
        <h3 className="m-0 text-body font-semibold">{t('As known on')}</h3>
        <p className="m-0 text-meta text-ink-3">
          {t(
            'What this app showed then, without what came later: key figures, marketing, attribution and people, as far back as old files are kept.',
          )}
        </p>
      </div>
      <Tile query={query} what={t('the versions')} height="h-8">
        {({ items }) => {
          // Of the runs of one minute the last; the newest come first.
          const shown = new Map<string, string>();
          for (const one of [...(known ? [known] : []), ...items.map((item) => item.at)]) {
            const minute = dateTime(one, zone);
            if (!shown.has(minute)) shown.set(minute, one);
          }
          return (
            <Filter
              label={t`Version, ${zoneName(zone)} time`}
              value={known ?? ''}
              options={[
                ['', t('The newest')],
                ...[...shown].map(([minute, one]): [string, string] => [one, minute]),
              ]}
              onChange={(instant) => {
                onChoose(instant || null);
              }}
            />
          );
        }}
      </Tile>
    </section>
  );
}
