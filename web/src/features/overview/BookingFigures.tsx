import { useQuery } from '@tanstack/react-query';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { count, money, NONE, percent } from '@/shared/format/number';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { daysOf, instantsOf, month as monthWord } from '@/shared/time';
import { Card, Empty } from '@/shared/ui/Card';
import { Figure } from '@/shared/ui/Figure';
import { Tile } from '@/shared/ui/Tile';

/**
 * The figures of the bookings that were recorded in a month: each opens its formula. They are those of everybody, as
 * they stand now. An imported booking counts where it was imported, unlike the calls on the same page.
 */
export function BookingFigures({ month }: { month: string }) {
  const { zone } = useFrame();
  const { from, to } = daysOf(month);
  const query = useQuery({
    queryKey: ['booking-figures', from, to, zone],
    queryFn: () =>
      unwrap(api.GET('/api/bookings/metrics', { params: { query: instantsOf(from, to, zone) } })),
  });
  return (
    <Card
      title={t`Bookings that Bookpath recorded in ${monthWord(month)}`}
      note={t(
        'By the day on which Bookpath took a booking in: what was imported counts in the month of the import, whenever its call was. Calls are counted above. Of everyone and every campaign, as they stand now.',
      )}
    >
      <Tile query={query} what={t('the bookings of the month')} height="h-18">
        {({ business }) => {
          const conversion = business.booking_conversion_rate;
          if (conversion.denominator === 0)
            return <Empty>{t`Bookpath recorded no booking in ${monthWord(month)}.`}</Empty>;
          const success = business.payment_success_rate;
          const values = Object.entries(business.average_booking_value.by_currency);
          return (
            <div className="grid grid-cols-[repeat(auto-fit,minmax(min(9rem,100%),1fr))] gap-x-6 gap-y-4">
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
                  bare
                  key={unit}
                  name={t('Average booking')}
                  value={
                    rate.value === null || rate.value === undefined ? NONE : money(rate.value, unit)
                  }
                  note={t`${money(rate.numerator, unit)} over ${count(rate.denominator)} bookings`}
                  rate={rate}
                  top={(minor) => money(minor, unit)}
                />
              ))}
            </div>
          );
        }}
      </Tile>
    </Card>
  );
}

function RateFigure({ name, rate }: { name: string; rate: Schema['Rate'] }) {
  return <Figure bare name={name} value={percent(rate.value)} rate={rate} />;
}
