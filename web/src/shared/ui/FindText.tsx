import { Search } from 'lucide-react';
import { useId, useRef } from 'react';
import { IconButton } from './Button';

/** A text to look for: it is asked for when its form is sent, also empty. */
export function FindText({
  label,
  hint,
  value,
  onFind,
  pattern,
  title,
}: {
  label: string;
  /** What the button does. */
  hint: string;
  /** What is looked for now. */
  value: string;
  onFind: (text: string) => void;
  /** What the text may look like, and that in words; it is required then. */
  pattern?: string;
  title?: string;
}) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  return (
    <form
      className="inline-flex max-w-full flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        onFind(field.current?.value.trim() ?? '');
      }}
    >
      <label htmlFor={id} className="text-table text-ink-3 whitespace-nowrap">
        {label}
      </label>
      <input
        // What is looked for may be taken back elsewhere: the field then begins anew.
        key={value}
        ref={field}
        id={id}
        className="control w-36"
        maxLength={300}
        required={pattern !== undefined}
        pattern={pattern}
        title={title}
        defaultValue={value}
      />
      <IconButton type="submit" label={hint}>
        <Search size={16} aria-hidden />
      </IconButton>
    </form>
  );
}
