import { minutesOf, type Wait } from '@/shared/api/whatIf';
import { count } from '@/shared/format/number';
import { t } from '@/shared/i18n/t';
import { along, ends } from '@/shared/ui/scale';

const WIDTH = 600;
const HEIGHT = 160;

/** A wait in words: `90 min`. */
export const waited = (seconds: number): string => t`${minutesOf(seconds)} min`;

/** Follow-ups sent at each wait: a line, with the configured wait marked by a triangle and the chosen one by a dot. */
export function WaitLine({
  waits,
  at,
  configured,
}: {
  waits: Wait[];
  /** The place of the chosen wait. */
  at: number;
  /** The place of the configured wait; none if it is not among them. */
  configured: number;
}) {
  const { min, max } = ends(waits.map((one) => one.follow_ups));
  const x = (place: number) => along(place, 0, waits.length - 1);
  const y = (value: number) => 100 - along(value, min, max);
  const [first, last] = [waits[0], waits.at(-1)];
  if (!first || !last) return null;
  return (
    <figure className="m-0">
      <div className="relative mx-2 mt-4">
        <svg
          viewBox={`0 0 100 100`}
          width={WIDTH}
          height={HEIGHT}
          preserveAspectRatio="none"
          className="h-40 w-full overflow-visible"
          role="img"
          aria-label={t`Follow-ups sent: ${count(first.follow_ups)} after ${waited(first.wait_seconds)}, ${count(last.follow_ups)} after ${waited(last.wait_seconds)}`}
        >
          <path d="M0 100H100" stroke="var(--line)" vectorEffect="non-scaling-stroke" />
          <polyline
            points={waits
              .map((one, place) => `${String(x(place))},${String(y(one.follow_ups))}`)
              .join(' ')}
            fill="none"
            stroke="var(--chart-1)"
            strokeWidth="2"
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
          />
        </svg>
        <svg className="absolute inset-0 h-40 w-full overflow-visible" aria-hidden>
          {configured >= 0 && (
            <text
              x={`${String(x(configured))}%`}
              y={`${String(y(waits[configured]?.follow_ups ?? 0))}%`}
              dy="18"
              textAnchor="middle"
              fontSize="12"
              fill="var(--ink)"
            >
              ▲
            </text>
          )}
          {[...new Set([0, at, waits.length - 1])].map((place) => (
            <text
              key={place}
              x={`${String(x(place))}%`}
              y={`${String(y(waits[place]?.follow_ups ?? 0))}%`}
              dy="-10"
              textAnchor={place === 0 ? 'start' : place === waits.length - 1 ? 'end' : 'middle'}
              fontSize="12"
              fontWeight={place === at ? 600 : 400}
              fill={place === at ? 'var(--ink)' : 'var(--ink-3)'}
            >
              {count(waits[place]?.follow_ups)}
            </text>
          ))}
          <circle
            cx={`${String(x(at))}%`}
            cy={`${String(y(waits[at]?.follow_ups ?? 0))}%`}
            r="5"
            fill="var(--brand)"
            stroke="var(--surface)"
            strokeWidth="2"
          />
        </svg>
      </div>
      <figcaption className="mt-2 flex justify-between gap-3 text-meta text-ink-3">
        <span className="whitespace-nowrap">{waited(first.wait_seconds)}</span>
        <span>{t('Follow-ups sent, by the wait before them')}</span>
        <span className="whitespace-nowrap">{waited(last.wait_seconds)}</span>
      </figcaption>
    </figure>
  );
}
