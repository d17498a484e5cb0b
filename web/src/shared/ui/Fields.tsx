import { useId, type InputHTMLAttributes, type ReactNode } from 'react';
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

/** A filter: its name stands before its value. */
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
    <div className="inline-flex max-w-full items-center gap-2">
      <label htmlFor={id} className="text-table text-ink-3 whitespace-nowrap">
        {label}
      </label>
      <select
        id={id}
        className="control min-w-0"
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
}: {
  label: string;
  value: string | null;
  onChange: (day: string | null) => void;
}) {
  const id = useId();
  return (
    <div className="inline-flex max-w-full items-center gap-2">
      <label htmlFor={id} className="text-table text-ink-3 whitespace-nowrap">
        {label}
      </label>
      <input
        id={id}
        type="date"
        className="control min-w-0"
        value={value ?? ''}
        onChange={(event) => {
          onChange(event.target.value || null);
        }}
      />
    </div>
  );
}
