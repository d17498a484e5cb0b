import { useId } from 'react';
import { sentence } from '@/shared/format/words';
import { t } from '@/shared/i18n/t';

const ROLES = ['admin', 'sales', 'viewer'];

/** What each role may do. */
const MAY: Record<string, string> = {
  admin: t('Does everything.'),
  sales: t('Sees own figures and the customers, no conversations.'),
  viewer: t('Reads figures, customers and conversations.'),
};

export function RoleField({ role, setRole }: { role: string; setRole: (role: string) => void }) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-table font-medium">
        {t('Role')}
      </label>
      <select
        id={id}
        className="control"
        value={role}
        onChange={(event) => {
          setRole(event.target.value);
        }}
      >
        {ROLES.map((name) => (
          <option key={name} value={name}>
            {sentence(name)}
          </option>
        ))}
      </select>
      <p className="m-0 text-meta text-ink-3">{MAY[role]}</p>
    </div>
  );
}
