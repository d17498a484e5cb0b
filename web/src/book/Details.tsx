import { useEffect, useState, type ReactNode } from 'react';
import { money } from '@/shared/format/number';
import { dateTime, inZones, longDay, ownZone, said, secondsUntil, zoneName } from '@/shared/time';
import { useReader } from './context';
import { Sheet } from './parts';
import { happened, type Booking } from './story';

/** When, with whom, for how much; and what happened so far. */
export function Details({ booking, children }: { booking: Booking; children: ReactNode }) {
  const { words, zone, locale } = useReader();
  const amount = (minor: number) => money(minor, booking.currency, { short: true, locale });
  const lines = happened(booking, words);
  const start = booking.start_time;
  const tip = (at: string) => inZones(at, [zone, booking.timezone ?? zone, ownZone()]);
  return (
    <Sheet className="flex flex-col gap-5">
      <div>
        <h2 className="m-0 text-title font-semibold">
          {booking.event_name ?? words.title}
          {booking.host_name && (
            <span className="font-normal text-ink-2"> {words.with(booking.host_name)}</span>
          )}
        </h2>
        {start && (
          <p className="m-0 mt-1 text-customer">
            <time dateTime={start} title={tip(start)}>
              {longDay(start, zone, locale)}, {said(start, booking.end_time ?? null, zone, locale)}
              <span className="text-ink-2">, {words.zone(zoneName(zone))}</span>
            </time>
          </p>
        )}
        {start && <Zones theirs={booking.timezone ?? null} />}
      </div>
      {booking.amount_minor > 0 && (
        <dl className="m-0 grid grid-cols-[1fr_auto] gap-x-6 gap-y-1 border-t border-line pt-4">
          <Line name={words.price} value={amount(booking.amount_minor)} />
          {booking.paid_minor > 0 && <Line name={words.paid} value={amount(booking.paid_minor)} />}
          {booking.refunded_minor > 0 && (
            <Line name={words.returned} value={amount(booking.refunded_minor)} />
          )}
        </dl>
      )}
      {booking.held_until && booking.state !== 'CONFIRMED' && (
        <Left booking={booking} until={booking.held_until} />
      )}
      {children}
      <details className="border-t border-line pt-4">
        <summary className="min-h-6 text-ink-2">{words.happened}</summary>
        <ol className="m-0 mt-3 flex list-none flex-col gap-2 p-0">
          {lines.map((line) => (
            <li
              key={`${line.at}${line.text}`}
              className="flex flex-wrap justify-between gap-x-4 text-table"
            >
              <span>{line.text}</span>
              <time dateTime={line.at} title={tip(line.at)} className="text-ink-3">
                {dateTime(line.at, zone, locale)}
              </time>
            </li>
          ))}
        </ol>
      </details>
    </Sheet>
  );
}

function Line({ name, value }: { name: string; value: string }) {
  return (
    <div className="contents">
      <dt className="text-ink-2">{name}</dt>
      <dd className="m-0 text-end font-medium">{value}</dd>
    </div>
  );
}

/** In which zone the times are shown. */
function Zones({ theirs }: { theirs: string | null }) {
  const { words, zone, setZone } = useReader();
  const zones = [...new Set([ownZone(), theirs ?? ownZone(), zone, 'UTC'])];
  return (
    <label className="mt-2 inline-flex flex-wrap items-center gap-2 text-table text-ink-3">
      {words.zoneLabel}
      <select
        className="control"
        value={zone}
        onChange={(event) => {
          setZone(event.target.value);
        }}
      >
        {zones.map((name) => (
          <option key={name} value={name}>
            {zoneName(name)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** How long the time is held, counting down in words. */
function Left({ booking, until }: { booking: Booking; until: string }) {
  const { words, zone, locale } = useReader();
  const [seconds, setSeconds] = useState(() => secondsUntil(until));
  useEffect(() => {
    const timer = setInterval(() => {
      setSeconds(secondsUntil(until));
    }, 10_000);
    return () => {
      clearInterval(timer);
    };
  }, [until]);
  if (seconds <= 0) return null;
  return (
    <p className="m-0 text-ink-2" title={inZones(until, [zone, ownZone()])}>
      {/* Where the headline names the time, what is left of it is enough. */}
      {booking.state !== 'AWAITING_PAYMENT' &&
        `${words.heldUntil(said(until, null, zone, locale))} `}
      {words.heldFor(Math.ceil(seconds / 60))}
    </p>
  );
}
