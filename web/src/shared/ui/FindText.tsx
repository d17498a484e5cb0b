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
      className="chip"
      onSubmit={(event) => {
        event.preventDefault();
        onFind(field.current?.value.trim() ?? '');
      }}
    >
      <label htmlFor={id}>{label}</label>
      <input
        // What is looked for may be taken back elsewhere: the field then begins anew.
        key={value}
        ref={field}
        id={id}
        className="w-32"
        maxLength={300}
        required={pattern !== undefined}
        pattern={pattern}
        title={title}
        defaultValue={value}
      />
      <IconButton type="submit" label={hint} className="-my-px">
        <Search size={16} aria-hidden />
      </IconButton>
    </form>
  );
}
