import { useQuery } from '@tanstack/react-query';
import { count } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { Door } from '@/shared/numbers/Door';
import { NumberPanel } from '@/shared/numbers/NumberPanel';
import { Bars } from '@/shared/ui/Bars';
import { Card, Empty } from '@/shared/ui/Card';
import { Tile } from '@/shared/ui/Tile';
import { useChannelColours } from './colours';
import { partFigure, partId, partName, partOpenings, period } from './period';
import type { Range } from './rows';

/** Which channels the bookings of the period came by, and how many of them were somebody's first. */
export function Sources({ range, scope }: { range: Range; scope: string }) {
  const colourOf = useChannelColours();
  const query = useQuery(period('daily_bookings_by_source', 'channel', range));
  return (
    <Card
      title={t('From where?')}
      note={t('Bookings by channel; full is who books for the first time, pale who comes again')}
    >
      <Tile query={query} what={t('the channels')} height="h-50">
        {(rows) => {
          if (rows.length === 0) return <Empty>{t('No bookings in these days.')}</Empty>;
          return (
            <>
              <Bars
                bars={rows.map((row) => ({
                  key: partId(row, 'channel'),
                  name: partName(row, 'channel'),
                  value: row.bookings,
                  part: row.first_time_contacts,
                  colour: colourOf(row.channel ?? ''),
                  shown: (
                    <span className="inline-flex items-baseline justify-end gap-3">
                      <Door
                        id={partId(row, 'channel')}
                        figure={partFigure(row)}
                        label={t`Bookings, ${partName(row, 'channel')}`}
                      />
                      <span className="min-w-18 text-end text-ink-3">
                        {t`${count(row.first_time_contacts)} new`}
                      </span>
                    </span>
                  ),
                }))}
              />
              <NumberPanel openings={partOpenings(rows, 'channel', scope)} />
            </>
          );
        }}
      </Tile>
    </Card>
  );
}
