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
