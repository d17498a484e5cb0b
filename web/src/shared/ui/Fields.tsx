import { useId } from 'react';
import { t } from '@/shared/i18n/t';
import { day } from '@/shared/time';
import { cx } from './classes';

export { Field } from './Field';

/** A filter: its name stands before its value, in one frame. */
export function Filter({
  label,
  value,
  options,
  onChange,
  onFocus,
}: {
  label: string;
  value: string;
  options: [value: string, word: string][];
  onChange: (value: string) => void;
  /** Somebody is about to choose: time to fetch more options. */
  onFocus?: () => void;
}) {
  const id = useId();
  return (
    <div className="chip">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        onFocus={onFocus}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      >
        {options.map(([option, word]) => (
          <option key={option} value={option}>
            {word}
          </option>
        ))}
      </select>
    </div>
  );
}

/** A calendar day of the reporting zone, or none. */
export function DayFilter({
  label,
  value,
  onChange,
  ...rest
}: {
  label: string;
  value: string | null;
  onChange: (day: string | null) => void;
  max?: string;
  required?: boolean;
}) {
  const id = useId();
  return (
    <div className="chip">
      <label htmlFor={id}>{label}</label>
      <span className="relative inline-flex items-center">
        <input
          id={id}
          type="date"
          {...rest}
          className="peer day"
          value={value ?? ''}
          onChange={(event) => {
            onChange(event.target.value || null);
          }}
        />
        <span
          aria-hidden
          className={cx(
            'pointer-events-none absolute start-1.5 peer-focus-within:hidden',
            value ? 'font-medium tabular-nums' : 'text-ink-3',
          )}
        >
          {value ? day(value) : t('any day')}
        </span>
      </span>
    </div>
  );
}
