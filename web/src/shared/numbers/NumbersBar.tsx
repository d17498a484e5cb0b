import { useState } from 'react';
import { count } from '@/shared/format/number';
import { campaignWord } from '@/shared/format/channel';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { dayRange, daysOf, month as monthWord, shiftMonth } from '@/shared/time';
import { Filter } from '@/shared/ui/Fields';
import { usePageKeys } from '@/shared/ui/keys';
import { MonthPicker } from '@/shared/ui/MonthPicker';
import { tokenOf } from './people';
import { ALL_TIME, useCampaigns, type Numbers } from './useNumbers';

/** Month, person, campaign and mode of a page of numbers. */
export function NumbersBar({ numbers }: { numbers: Numbers }) {
  const { month, user, mode, campaign, compare, set, now, people, choose } = numbers;
  const { role } = useFrame();
  const [looking, look] = useState(false);
  const campaigns = useCampaigns(now, looking);
  const isMonth = month !== ALL_TIME;
  const go = (next: string) => void set({ month: next });
  usePageKeys({
    t: () => go(now),
    x: () => void set({ compare: compare === 'on' ? 'off' : 'on' }),
  });
  const listed = campaign && !campaigns.includes(campaign) ? [campaign, ...campaigns] : campaigns;
  return (
    <>
      {isMonth && <MonthPicker month={month} last={now} onChange={go} />}
      <Filter
        label={t('Time')}
        value={!isMonth ? ALL_TIME : month === now ? 'now' : 'month'}
        options={[
          ['now', t('This month to date')],
          ['month', t('One month')],
          [ALL_TIME, t('All time')],
        ]}
        onChange={(next) => {
          go(next === ALL_TIME ? ALL_TIME : next === 'now' ? now : shiftMonth(now, -1));
        }}
      />
      {role !== 'sales' && (
        <Filter
          label={t('Person')}
          value={user ?? ''}
          options={[
            ['', t('Everyone')],
            ...people.map((one): [string, string] => [
              tokenOf(one),
              one.name ?? one.email ?? t('Unassigned'),
            ]),
          ]}
          onFocus={() => {
            choose(true);
          }}
          onChange={(next) => void set({ user: next || null })}
        />
      )}
      <Filter
        label={t('Campaign')}
        value={campaign ?? ''}
        options={[
          ['', t('All')],
          ...listed.map((one): [string, string] => [one, campaignWord(one)]),
        ]}
        onFocus={() => {
          look(true);
        }}
        onChange={(next) => void set({ campaign: next || null })}
      />
      <Filter
        label={t('Count by')}
        value={mode}
        options={[
          ['period', t('When it happened')],
          ['cohort', t('First touch (cohort)')],
        ]}
        onChange={(next) => void set({ mode: next === 'cohort' ? 'cohort' : null })}
      />
      {isMonth && (
        <label className="touch inline-flex min-h-8 items-center gap-2 text-table text-ink-3">
          <input
            type="checkbox"
            checked={compare === 'on'}
            onChange={() => void set({ compare: compare === 'on' ? 'off' : 'on' })}
          />
          {t`Δ to ${beforeOf(numbers)}`}
        </label>
      )}
    </>
  );
}

/** The month before in words; before a running one its days up to the same day. */
const beforeOf = ({ month, now, day }: Numbers): string => {
  const before = shiftMonth(month, -1);
  if (month !== now) return monthWord(before);
  const { from, to } = daysOf(before);
  const same = `${before}-${day.slice(8)}`;
  return dayRange(from, same < to ? same : to);
};

/** What the figures are compared with, in words. While those of all time are loaded, the ones before are still shown. */
export const againstOf = (numbers: Numbers, comparedWith: string | null | undefined) =>
  comparedWith && numbers.month !== ALL_TIME ? beforeOf(numbers) : null;

/** Money in other currencies, which no figure has. */
export function LeftOut({ rows }: { rows: Record<string, number> }) {
  const others = Object.entries(rows);
  if (others.length === 0) return null;
  return (
    <p role="note" className="m-0 rounded-card bg-warn-soft px-4 py-3 text-warn">
      {t('Amounts of other currencies are never added, so no figure has these rows:')}{' '}
      {others.map(([unit, number]) => t`${count(number)} in ${unit}`).join(', ')}.
    </p>
  );
}

/** What a page's figures are about, in words. */
export const scopeOf = (numbers: Numbers, own: boolean): string => {
  const when = numbers.month === ALL_TIME ? t('All time') : monthWord(numbers.month);
  const how = numbers.mode === 'cohort' ? t('by first touch') : t('by when it happened');
  const { person } = numbers;
  const other = person && (person.name ?? person.email ?? t('unassigned'));
  const who = own ? t('only your numbers') : (other ?? t('everyone'));
  const campaign = numbers.campaign ? t`, campaign ${campaignWord(numbers.campaign)}` : '';
  return `${when}, ${how}, ${who}${campaign}`;
};
