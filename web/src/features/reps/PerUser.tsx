import { Columns3 } from 'lucide-react';
import { parseAsArrayOf, parseAsString, useQueryState } from 'nuqs';
import type { Metrics, UserFigures } from '@/shared/api/numbers';
import { count } from '@/shared/format/number';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Door } from '@/shared/numbers/Door';
import { KEYS, nameOf } from '@/shared/numbers/keys';
import { tokenOf } from '@/shared/numbers/people';
import { Card } from '@/shared/ui/Card';
import { Table, type Column } from '@/shared/ui/Table';

/** Under so few cases a rate says little; it is set in muted ink. */
const FEW = 5;

export const repName = (one: UserFigures): string =>
  one.name ?? one.email ?? (one.user_id ? t('Without a name') : t('Unassigned'));

/** The id of a person's figure in the address. */
export const repId = (key: string, one: UserFigures): string => `${key}.${tokenOf(one)}`;

/** A line of the table: everyone first, then each person. */
interface Line {
  id: string | null;
  name: string;
  one: UserFigures;
}

/** Each person's figures. Unassigned has what has no host or owner on the team; spend always stands there. */
export function PerUser({ found, columns }: { found: Metrics; columns: string[] }) {
  const { role } = useFrame();
  const [chosen, choose] = useQueryState('columns', parseAsArrayOf(parseAsString));
  const shown = (chosen ?? columns).filter((key) => key in KEYS);
  const all: Line = {
    id: null,
    name: role === 'sales' ? t('You') : t('Everyone'),
    one: { user_id: 'all', user_token: 'all', metrics: found.metrics },
  };
  const each = found.per_user.map((one): Line => ({
    id: tokenOf(one),
    name: repName(one),
    one,
  }));
  // Of one person there is nothing to add up.
  const lines = role === 'sales' ? [all] : each.length > 1 ? [all, ...each] : each;
  return (
    <Card
      title={t('Per person')}
      note={t('Unassigned has what has no host or owner on the team; spend always stands there.')}
    >
      <Table
        name={t('per person')}
        columns={[
          { key: 'name', head: t('Person'), cell: (r) => r.name, value: (r) => r.name },
          ...shown.map(column),
        ]}
        rows={lines}
        rowKey={(r) => r.id ?? 'everyone'}
        pinned={each.length > 1 ? 1 : 0}
        empty={null}
        tools={
          <details className="relative">
            <summary className="flex min-h-8 items-center gap-2 rounded-control px-3 font-medium text-ink-2 hover:bg-sunken">
              <Columns3 size={16} aria-hidden />
              {t('Columns')}
            </summary>
            <fieldset className="sheet absolute end-0 z-30 m-0 grid max-h-80 w-64 gap-1 overflow-y-auto rounded-card border border-line bg-surface p-3 shadow-(--shadow)">
              <legend className="sr-only">{t('Columns of the table')}</legend>
              {Object.keys(KEYS).map((key) => (
                <label key={key} className="flex min-h-6 items-center gap-2 text-ink">
                  <input
                    type="checkbox"
                    checked={shown.includes(key)}
                    onChange={() =>
                      void choose(
                        shown.includes(key) ? shown.filter((one) => one !== key) : [...shown, key],
                      )
                    }
                  />
                  {nameOf(key)}
                </label>
              ))}
            </fieldset>
          </details>
        }
      />
    </Card>
  );
}

const column = (key: string): Column<Line> => ({
  key,
  head: nameOf(key),
  cell: ({ id, name, one }) => {
    const figure = one.metrics[key];
    if (!figure) return '–';
    const few =
      figure.unit !== 'money' &&
      figure.denominator !== null &&
      figure.denominator !== undefined &&
      figure.denominator < FEW;
    const none = figure.value === null || figure.value === undefined;
    return (
      <>
        {few && !none && (
          <span className="me-1 text-meta text-ink-3">{`n=${count(figure.denominator)}`}</span>
        )}
        <Door
          id={id === null ? key : repId(key, one)}
          figure={figure}
          label={`${nameOf(key)}, ${name}`}
          short
          muted={few}
        />
      </>
    );
  },
  value: ({ one }) => one.metrics[key]?.value,
  currency: ({ one }) => one.metrics[key]?.currency,
  figure: true,
});
