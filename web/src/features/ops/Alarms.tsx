import { Link } from 'react-router';
import type { Schema } from '@/shared/api/client';
import { alertWord } from '@/shared/format/alerts';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { said } from '@/shared/texts/alarms';
import { Badge } from '@/shared/ui/Badge';
import { Empty } from '@/shared/ui/Card';
import { Id } from '@/shared/ui/Id';
import { Time } from '@/shared/ui/Time';
import { RUNBOOK } from './runbook';

type Alarm = Schema['Alarm'];
type Stuck = Schema['Few_StuckBooking']['items'];

/** What somebody must look at, oldest first, each with the one thing to do. */
export function Alarms({ alarms, bookings }: { alarms: Alarm[]; bookings?: Stuck }) {
  if (alarms.length === 0) return <Empty>{t('No alarms ✓')}</Empty>;
  return (
    <ul className="m-0 flex list-none flex-col gap-4 p-0">
      {alarms.map((alarm) => (
        <One key={`${alarm.code} ${alarm.subject}`} alarm={alarm} bookings={bookings ?? []} />
      ))}
    </ul>
  );
}

function One({ alarm, bookings }: { alarm: Alarm; bookings: Stuck }) {
  const step = RUNBOOK[alarm.code];
  const place = step?.place?.(alarm.subject);
  const { booking, person, text, since } = said(alarm);
  // The inbox is where the way on leads in any case.
  const about = alarm.subject === 'inbox' || person ? '' : sentence(alarm.subject);
  const name = bookings.find((one) => one.booking_id === booking)?.name;
  return (
    <li className="flex flex-col gap-1">
      <span className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <Badge tone="bad">{alertWord(alarm.code)}</Badge>
        <span className="font-medium wrap-anywhere">
          {name ?? (booking ? <Id id={booking} /> : about)}
        </span>
        <span className="text-ink-2 wrap-anywhere">{text ?? said(alarm).word}</span>
        <span className="text-table text-ink-3">
          {t('since')} <Time at={since ?? alarm.raised_at} />
        </span>
      </span>
      {step && (
        <span className="text-table">
          <span className="font-medium">{t('What to do:')}</span> {step.todo}{' '}
          {place && <Place to={place[0]} word={place[1]} />}
        </span>
      )}
    </li>
  );
}

/** A page, or a part of this one. */
function Place({ to, word }: { to: string; word: string }) {
  const look = 'inline-flex min-h-6 items-center text-brand';
  return to.startsWith('#') ? (
    <a className={look} href={to}>
      {word}
    </a>
  ) : (
    <Link className={look} to={to}>
      {word}
    </Link>
  );
}
