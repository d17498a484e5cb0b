import { useQuery } from '@tanstack/react-query';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { count, money, NONE, percent } from '@/shared/format/number';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { daysOf, instantsOf, today } from '@/shared/time';
import { Figure } from '@/shared/ui/Figure';
import { Tile } from '@/shared/ui/Tile';

/** The figures of this month's bookings: each opens its formula. */
export function BookingFigures() {
  const { zone } = useFrame();
  const now = today(zone);
  const { from } = daysOf(now.slice(0, 7));
  const query = useQuery({
    queryKey: ['booking-figures', from, now, zone],
    queryFn: () =>
      unwrap(api.GET('/api/bookings/metrics', { params: { query: instantsOf(from, now, zone) } })),
  });
  return (
    <Tile query={query} what={t('the bookings of the month')} height="h-26.5">
      {({ business }) => {
        const conversion = business.booking_conversion_rate;
        const success = business.payment_success_rate;
        const values = Object.entries(business.average_booking_value.by_currency);
        return (
          <div className="grid grid-cols-2 gap-4 md:grid-cols-3 xl:grid-cols-5">
            <RateFigure name={t('Bookings confirmed')} rate={conversion} />
            <RateFigure name={t('Payments that succeed')} rate={success} />
            <RateFigure
              name={t('Cancelled')}
              rate={business.cancellation_refund_rate.cancellation_rate}
            />
            <RateFigure
              name={t('Payments refunded')}
              rate={business.cancellation_refund_rate.refund_rate}
            />
            {values.map(([unit, rate]) => (
              <Figure
                key={unit}
                name={t('Average booking')}
                value={
                  rate.value === null || rate.value === undefined ? NONE : money(rate.value, unit)
                }
                note={t`${money(rate.numerator, unit)} over ${count(rate.denominator)} bookings`}
              />
            ))}
          </div>
        );
      }}
    </Tile>
  );
}

function RateFigure({ name, rate }: { name: string; rate: Schema['Rate'] }) {
  return <Figure name={name} value={percent(rate.value)} rate={rate} />;
}
