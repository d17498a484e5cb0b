import { Check, Copy as CopyIcon } from 'lucide-react';
import { useState } from 'react';
import { t } from '@/shared/i18n/t';
import { IconButton } from './Button';

/** Copies a text. */
export function Copy({ text, what }: { text: string; what: string }) {
  const [done, setDone] = useState(false);
  return (
    <IconButton
      label={done ? t('Copied') : t`Copy ${what}`}
      onClick={() => {
        void navigator.clipboard.writeText(text).then(() => {
          setDone(true);
          setTimeout(() => {
            setDone(false);
          }, 2000);
        });
      }}
    >
      {done ? <Check size={16} aria-hidden /> : <CopyIcon size={16} aria-hidden />}
    </IconButton>
  );
}
