import { useId, type InputHTMLAttributes, type ReactNode } from 'react';
import { t } from '@/shared/i18n/t';
import { day } from '@/shared/time';
import { cx } from './classes';

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: ReactNode;
  problem?: string | null;
}

/** A labelled text field; what is wrong with it is tied to it. */
export function Field({ label, hint, problem, className, ...rest }: FieldProps) {
  const id = useId();
  return (
    <div className={cx('flex flex-col gap-1', className)}>
      <label htmlFor={id} className="text-table font-medium">
        {label}
      </label>
      <input
        id={id}
        {...rest}
        className="control w-full"
        aria-invalid={problem ? true : undefined}
        aria-describedby={hint || problem ? `${id}-more` : undefined}
      />
      {(hint || problem) && (
        <p id={`${id}-more`} className={cx('m-0 text-meta', problem ? 'text-bad' : 'text-ink-3')}>
          {problem ?? hint}
        </p>
      )}
    </div>
  );
}

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
