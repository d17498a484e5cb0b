import { Search } from 'lucide-react';
import { useId, useState } from 'react';
import { t } from '@/shared/i18n/t';
import { IconButton } from '@/shared/ui/Button';

/** Ids and hashes only: what is looked for comes into the address. */
const NAME = '[0-9A-Fa-f\\-]{8,64}';

/** Opens a delivery by its id or the hash of its body. */
export function Find({ onFind }: { onFind: (name: string) => void }) {
  const id = useId();
  const [text, setText] = useState('');
  return (
    <form
      className="inline-flex max-w-full flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        onFind(text.trim().toLowerCase());
      }}
    >
      <label htmlFor={id} className="text-table text-ink-3 whitespace-nowrap">
        {t('Id or SHA-256')}
      </label>
      <input
        id={id}
        className="control w-36"
        required
        pattern={NAME}
        title={t('An id or a hash, of digits and the letters a to f')}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
        }}
      />
      <IconButton type="submit" label={t('Find the delivery')}>
        <Search size={16} aria-hidden />
      </IconButton>
    </form>
  );
}
