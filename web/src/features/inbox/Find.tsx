import { t } from '@/shared/i18n/t';
import { FindText } from '@/shared/ui/FindText';

/** Ids and hashes only: what is looked for comes into the address. */
const NAME = '[0-9A-Fa-f\\-]{8,64}';

/** Opens a delivery by its id or the hash of its body. */
export function Find({ onFind }: { onFind: (name: string) => void }) {
  return (
    <FindText
      label={t('Id or SHA-256')}
      hint={t('Find the delivery')}
      pattern={NAME}
      title={t('An id or a hash, of digits and the letters a to f')}
      value=""
      onFind={(text) => {
        onFind(text.toLowerCase());
      }}
    />
  );
}
