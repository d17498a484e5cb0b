import { useQuery } from '@tanstack/react-query';
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { parseAsMonth } from '@/shared/address';
import { attribution, type Attribution } from '@/shared/api/numbers';
import { useFrame, usePast } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { NumberPanel } from '@/shared/numbers/NumberPanel';
import { Door, type Opening } from '@/shared/numbers/Door';
import { dayIn, daysOf, month as monthWord, startMonth, today } from '@/shared/time';
import { Bars } from '@/shared/ui/Bars';
import { ListBones } from '@/shared/ui/Bones';
import { Card, Empty } from '@/shared/ui/Card';
import { Filter } from '@/shared/ui/Fields';
import { MonthPicker } from '@/shared/ui/MonthPicker';
import { Page } from '@/shared/ui/Page';
import { Tile } from '@/shared/ui/Tile';
import { AllModels } from './AllModels';
import { useChannelColours } from './colours';
import { Compare } from './Compare';
import { GoldTable } from './GoldTable';
import {
  BOOKING,
  BY,
  figureOf,
  linesOf,
  MEASURES,
  modelOf,
  nameOf,
  wordOf,
  type By,
  type Measure,
} from './models';
import { TABS } from './rows';
import { usePageKeys } from '@/shared/ui/keys';

const DIRECT = ['with', 'without'] as const;
const WINDOWS = ['', '7', '14', '30', '60', '90', '180'];

const useChoice = (start: string) =>
  useQueryStates(
    {
      month: parseAsMonth().withDefault(start),
      by: parseAsStringLiteral(BY).withDefault('channel'),
      measure: parseAsStringLiteral(MEASURES).withDefault('revenue'),
      a: parseAsString.withDefault('first'),
      b: parseAsString.withDefault('w'),
      window: parseAsString.withDefault(''),
      direct: parseAsStringLiteral(DIRECT).withDefault('with'),
    },
    { history: 'push' },
  );

/** Attribution: revenue by channel or campaign, by every model side by side. */
export default function AttributionPage() {
  const { zone, at } = useFrame();
  const past = usePast();
  const day = at ? dayIn(at, zone) : today(zone);
  const now = day.slice(0, 7);
  const [state, set] = useChoice(at ? now : startMonth(day));
  usePageKeys({ t: () => void set({ month: now }) });
  const range = daysOf(state.month);
  const query = useQuery(
    attribution({
      ...range,
      by: state.by,
      window_days: state.window ? Number(state.window) : null,
      exclude_direct: state.direct === 'without' ? true : null,
      ...past,
    }),
  );
  return (
    <Page
      title={t('Marketing')}
      tabs={TABS}
      tools={
        <>
          <MonthPicker month={state.month} last={now} onChange={(month) => void set({ month })} />
          <Filter
            label={t('By')}
            value={state.by}
            options={[
              ['channel', t('Channel')],
              ['campaign', t('Campaign')],
            ]}
            onChange={(by) => void set({ by: by as By })}
          />
          <Filter
            label={t('Credit')}
            value={state.measure}
            options={[
              ['revenue', t('Revenue')],
              ['cash', t('Cash')],
              ['deals', t('Deals')],
            ]}
            onChange={(measure) => void set({ measure: measure as Measure })}
          />
          <Filter
            label={t('Touches within')}
            value={state.window}
            options={WINDOWS.map((days): [string, string] => [
              days,
              days ? t`${days} days` : t('As configured'),
            ])}
            onChange={(window) => void set({ window: window || null })}
          />
          <Filter
            label={t('Direct visits')}
            value={state.direct}
            options={[
              ['with', t('Share too')],
              ['without', t('Get nothing')],
            ]}
            onChange={(direct) => void set({ direct: direct as (typeof DIRECT)[number] })}
          />
        </>
      }
    >
      <Tile query={query} what={t('the attribution')} bones={<Bones />}>
        {(found) => (
          <Side found={found} state={state} range={range} onChoose={(models) => void set(models)} />
        )}
      </Tile>
    </Page>
  );
}

/** Placeholders for the chart and the two tables. */
const Bones = () => (
  <div className="flex flex-col gap-4">
    <div className="grid gap-4 2xl:grid-cols-2">
      <ListBones lines={7} />
      <ListBones lines={7} />
    </div>
    <ListBones lines={7} />
  </div>
);

type State = ReturnType<typeof useChoice>[0];

function Side({
  found,
  state,
  range,
  onChoose,
}: {
  found: Attribution;
  onChoose: (models: { a?: string; b?: string }) => void;
  state: State;
  range: ReturnType<typeof daysOf>;
}) {
  const { currency } = useFrame();
  const unit = found.currency ?? currency;
  const lines = linesOf(found);
  const scope =
    state.by === 'channel'
      ? t`${monthWord(state.month)}, by channel`
      : t`${monthWord(state.month)}, by campaign`;
  const openings = found.rows.map((credit): Opening => ({
    id: `${credit.model}.${nameOf(credit)}`,
    key: '',
    name: `${wordOf(nameOf(credit), state.by)}, ${modelOf(credit.model)?.name ?? credit.model}`,
    figure: figureOf(credit, state.measure, unit),
    scope,
  }));
  const { by, measure, a, b } = state;
  const shown = { lines, by, measure, a, b, unit };
  return (
    <div className="flex flex-col gap-4">
      {lines.length === 0 ? (
        <Card>
          <Empty>{t`No deal won in ${monthWord(state.month)}. The model booking, below, credits bookings instead.`}</Empty>
        </Card>
      ) : (
        <>
          <Compare {...shown} found={found} onChoose={onChoose} />
          <Card title={t('Every model')} note={t('What each channel got under each model.')}>
            <AllModels {...shown} />
          </Card>
        </>
      )}
      <Bookings found={found} by={by} />
      <details>
        <summary className="min-h-8 font-medium">{t`Cost and return of the model ${modelOf(state.b)?.name ?? state.b}`}</summary>
        <Card className="mt-2">
          <GoldTable range={range} model={state.b} unit={unit} />
        </Card>
      </details>
      <NumberPanel openings={openings} />
    </div>
  );
}

/** The model that credits bookings to the channel by which they came. */
function Bookings({ found, by }: { found: Attribution; by: By }) {
  const rows = found.rows
    .filter((row) => row.model === BOOKING)
    .sort((x, y) => y.conversions_credit - x.conversions_credit);
  const colourOf = useChannelColours();
  return (
    <Card
      title={t('Model booking')}
      note={t(
        'Each booking credits the channel that it came by itself. It credits bookings, not deals, so it stands apart.',
      )}
    >
      {rows.length === 0 ? (
        <Empty>{t('No booking in these days.')}</Empty>
      ) : (
        <Bars
          bars={rows.slice(0, 12).map((row) => ({
            key: nameOf(row),
            name: wordOf(nameOf(row), by),
            value: row.conversions_credit,
            shown: (
              <Door
                id={`${BOOKING}.${nameOf(row)}`}
                figure={figureOf(row, 'deals', '')}
                label={t`Bookings, ${wordOf(nameOf(row), by)}`}
              />
            ),
            colour: colourOf(nameOf(row)),
          }))}
        />
      )}
    </Card>
  );
}
