import { useId, useState } from 'react';
import { STOPS, type Wait } from '@/shared/api/whatIf';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { useToasts } from '@/shared/ui/Toasts';
import { waited } from './WaitLine';

const SHORTEST = STOPS.at(0) ?? 0;
const LONGEST = STOPS.at(-1) ?? 0;

/** The place of the longest stop that is no longer than some minutes; the first one for less. */
export const placeOf = (minutes: number): number =>
  Math.max(
    0,
    STOPS.findLastIndex((stop) => stop <= minutes),
  );

/** Chooses one of the stops: by the arrow keys, by dragging, or as a number of minutes. */
export function Slider({
  at,
  wait,
  configured,
  onChoose,
}: {
  at: number;
  wait: Wait;
  configured: number;
  onChoose: (minutes: number) => void;
}) {
  const { role } = useFrame();
  const id = useId();
  const tell = useToasts((x) => x.tell);
  const setting = `follow_up_wait_seconds = ${String(wait.wait_seconds)}`;
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <label htmlFor={id} className="flex flex-col">
          <span className="text-title font-semibold">{t`Wait ${waited(wait.wait_seconds)}`}</span>
          <span className="text-meta text-ink-3">{t`Configured ▲ ${waited(configured)}`}</span>
        </label>
        <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
          <Minutes at={at} onChoose={onChoose} />
          {role === 'admin' && (
            <Button
              className="sm:mt-6"
              onClick={() => {
                void navigator.clipboard.writeText(setting).then(() => {
                  tell(
                    t`Copied: ${setting}. It changes nothing by itself; put it into bookpath.toml.`,
                  );
                });
              }}
            >
              {t('Copy setting')}
            </Button>
          )}
        </div>
      </div>
      <input
        id={id}
        type="range"
        min={0}
        max={STOPS.length - 1}
        step={1}
        value={at}
        aria-valuetext={waited(wait.wait_seconds)}
        className="block min-h-8 w-full accent-brand"
        onChange={(event) => {
          onChoose(STOPS[Number(event.target.value)] ?? 0);
        }}
      />
    </div>
  );
}

/** The wait as a number. What is no stop counts as the stop below it. */
function Minutes({ at, onChoose }: { at: number; onChoose: (minutes: number) => void }) {
  const id = useId();
  const [typed, type] = useState<string | null>(null);
  const shown = STOPS[at] ?? SHORTEST;
  const minutes = Number(typed);
  const fits = Number.isInteger(minutes) && minutes >= SHORTEST && minutes <= LONGEST;
  const hint =
    typed === null || minutes === shown
      ? t`${String(SHORTEST)} to ${String(LONGEST)}`
      : fits
        ? t`shown: ${String(shown)}, the stop below`
        : t`It must be from ${String(SHORTEST)} to ${String(LONGEST)}.`;
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-table text-ink-3">
        {t('Minutes')}
      </label>
      <input
        id={id}
        type="number"
        inputMode="numeric"
        min={SHORTEST}
        max={LONGEST}
        className="control w-24"
        value={typed ?? shown}
        aria-invalid={typed !== null && !fits ? true : undefined}
        aria-describedby={`${id}-hint`}
        onChange={(event) => {
          const text = event.target.value;
          const asked = Number(text);
          type(text);
          if (Number.isInteger(asked) && asked >= SHORTEST && asked <= LONGEST) onChoose(asked);
        }}
        onBlur={() => {
          type(null);
        }}
      />
      <p id={`${id}-hint`} className="m-0 text-meta text-ink-3">
        {hint}
      </p>
    </div>
  );
}
