import { Video } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Schema } from '@/shared/api/client';
import { money, NONE } from '@/shared/format/number';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';
import { zoneName } from '@/shared/time';
import { Card, Facts } from '@/shared/ui/Card';
import { Copy } from '@/shared/ui/Copy';
import { Time } from '@/shared/ui/Time';

type Booking = Schema['BookingView'];
type Fact = [string, ReactNode];

/** A page of somebody else's, to open or to send to the customer. */
function Elsewhere({ href, word, icon }: { href: string; word: string; icon?: ReactNode }) {
  return (
    <span className="inline-flex items-center gap-1">
      <a
        className="inline-flex min-h-6 items-center gap-1 text-brand"
        href={href}
        rel="noopener noreferrer"
        target="_blank"
      >
        {icon}
        {word}
      </a>
      <Copy text={href} what={t('link')} />
    </span>
  );
}

/** An address of a vendor's thing: its end tells it from others. */
const End = ({ of }: { of: string }) => (
  <span title={of} className="font-mono text-meta wrap-anywhere">
    …/{of.split('/').pop()}
  </span>
);

const maybe = (name: string, value: ReactNode): Fact[] => (value ? [[name, value]] : []);

/** What was booked, when, and where it takes place. */
export function CallFacts({ booking }: { booking: Booking }) {
  return (
    <Card title={t('Call')}>
      <Facts
        items={[
          [t('Session'), booking.event_name ?? NONE],
          [t('Starts'), <Time key="s" at={booking.start_time} other={booking.timezone} />],
          [t('Ends'), <Time key="e" at={booking.end_time} other={booking.timezone} />],
          [t('Host'), booking.host_name ?? NONE],
          [t('Customer’s zone'), booking.timezone ? zoneName(booking.timezone) : NONE],
          [
            t('Takes place'),
            booking.join_url ? (
              <Elsewhere
                key="j"
                href={booking.join_url}
                word={t('Video call')}
                icon={<Video size={16} aria-hidden />}
              />
            ) : (
              NONE
            ),
          ],
          ...maybe(
            t('To pick a time'),
            booking.scheduling_url && (
              <Elsewhere href={booking.scheduling_url} word={t('Calendar')} />
            ),
          ),
          [
            t('Booking id'),
            <span
              key="i"
              className="inline-flex items-center gap-1 font-mono text-meta wrap-anywhere"
            >
              {booking.booking_id}
              <Copy text={booking.booking_id} what={t('id')} />
            </span>,
          ],
          ...maybe(
            t('Calendly’s invitee'),
            booking.invitee_uri && <End of={booking.invitee_uri} />,
          ),
        ]}
      />
    </Card>
  );
}

/** What it costs, what was paid, and what would go back. */
export function MoneyFacts({ booking }: { booking: Booking }) {
  const amount = (minor: number) => money(minor, booking.currency);
  const back = booking.refund_if_cancelled_minor;
  const due = booking.refund_due_minor;
  return (
    <Card title={t('Money')}>
      <Facts
        items={[
          [t('Price'), booking.amount_minor === 0 ? t('Free') : amount(booking.amount_minor)],
          [t('Payment'), sentence(booking.payment_status)],
          [t('Paid'), amount(booking.paid_minor)],
          [t('Money refunded'), amount(booking.refunded_minor)],
          ...maybe(t('On its way back'), due === null || due === undefined ? null : amount(due)),
          [
            t('If cancelled now'),
            back === null || back === undefined
              ? t('Can’t be cancelled')
              : t`${amount(back)} goes back`,
          ],
          ...maybe(t('Held until'), booking.held_until && <Time at={booking.held_until} />),
          ...maybe(
            t('To pay'),
            booking.checkout_url && (
              <Elsewhere href={booking.checkout_url} word={t('Payment page')} />
            ),
          ),
        ]}
      />
    </Card>
  );
}
