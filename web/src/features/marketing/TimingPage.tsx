import { useQuery } from '@tanstack/react-query';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useFrame } from '@/shared/frame';
import { channelWord } from '@/shared/format/channel';
import { t } from '@/shared/i18n/t';
import { zoneName } from '@/shared/time';
import { Card, Empty } from '@/shared/ui/Card';
import { CsvLink } from '@/shared/ui/CsvLink';
import { Filter } from '@/shared/ui/Fields';
import { Page } from '@/shared/ui/Page';
import { Tile } from '@/shared/ui/Tile';
import { period } from './period';
import { csvOf, TABS, useKnown } from './rows';
import { timing } from './timing';
import { HeatMap } from './HeatMap';
import { TimingTotals } from './TimingTotals';

const MEASURES = ['bookings', 'attended', 'no_show', 'canceled', 'avg_lead_hours'] as const;
export type Measure = (typeof MEASURES)[number];
const WORDS: Record<Measure, string> = {
  bookings: t('Bookings'),
  attended: t('Attended'),
  no_show: t('No-shows'),
  canceled: t('Cancelled'),
  avg_lead_hours: t('Lead time (hours)'),
};

/** The filter's value for all channels. */
const EVERY = '';

/** When do people book? */
export default function TimingPage() {
  const { zone } = useFrame();
  const [state, set] = useQueryStates(
    {
      measure: parseAsStringLiteral(MEASURES).withDefault('bookings'),
      channel: parseAsString,
      clock: parseAsStringLiteral(['invitee'] as const),
    },
    { history: 'push' },
  );
  const known = useKnown();
  const channels = useQuery(period('booking_time_analysis', 'channel', known));
  const channel = state.channel ?? EVERY;
  // The hours of one channel, else of everything.
  const asked = {
    ...known,
    ...(channel === EVERY ? {} : { channel }),
    ...(state.clock ? { zone: state.clock } : {}),
  };
  const query = useQuery(timing(asked));
  const names = [...new Set([...(channels.data ?? []).map((row) => row.channel ?? ''), channel])];
  const clock = state.clock ? t('the invitee’s own time') : t`${zoneName(zone)} time`;
  const of = channel === EVERY ? t('all channels') : channelWord(channel);
  return (
    <Page
      title={t('Marketing')}
      tabs={TABS}
      tools={
        <>
          <Filter
            label={t('Figure')}
            value={state.measure}
            options={MEASURES.map((m) => [m, WORDS[m]])}
            onChange={(measure) => void set({ measure: measure as Measure })}
          />
          <Filter
            label={t('Channel')}
            value={channel}
            options={[
              [EVERY, t('All')],
              ...names.filter(Boolean).map((c): [string, string] => [c, channelWord(c)]),
            ]}
            onChange={(next) => void set({ channel: next || null })}
          />
          <Filter
            label={t('Clock')}
            value={state.clock ?? ''}
            options={[
              ['', zoneName(zone)],
              ['invitee', t('The invitee’s own')],
            ]}
            onChange={(next) => void set({ clock: next === 'invitee' ? next : null })}
          />
        </>
      }
    >
      <Card
        title={t('When do people book?')}
        note={t`${WORDS[state.measure]} of ${of}, all time, by weekday and hour of the booking in ${clock}`}
        actions={
          query.data?.hours.length !== 0 && (
            <CsvLink href={csvOf('booking_time_analysis', { ...asked, group: 'hour' })} />
          )
        }
      >
        <Tile query={query} what={t('the timing')} height="h-80 max-xl:h-[57rem]">
          {(timing) =>
            timing.hours.length === 0 ? (
              <Empty>{t('No bookings yet. They appear after the next run of the numbers.')}</Empty>
            ) : (
              <HeatMap
                timing={timing}
                measure={state.measure}
                name={WORDS[state.measure]}
                scope={t`${of}, all time, ${clock}`}
              />
            )
          }
        </Tile>
      </Card>
      <TimingTotals range={known} scope={t`All time, ${zoneName(zone)} time`} />
    </Page>
  );
}
