import { Menu } from '@base-ui/react/menu';
import { sentence } from '@/shared/format/words';
import { Link } from 'react-router';
import type { Schema } from '@/shared/api/client';
import { chooseLanguage, LANGUAGE, LANGUAGES } from '@/shared/i18n/language';
import { t } from '@/shared/i18n/t';
import { usePreferences } from '@/shared/theme';

const ITEM =
  'touch flex min-h-8 w-full items-center justify-between gap-6 rounded-control px-2 text-start text-ink no-underline outline-none data-highlighted:bg-sunken';

/** The user's own things: preferences, keys, log out. */
export function AccountMenu({
  user,
  onLogOut,
  onKeys,
}: {
  user: Schema['UserView'];
  onLogOut: () => void;
  onKeys: () => void;
}) {
  const { toggleTheme, density, setDensity } = usePreferences();
  const name = user.name ?? user.email;
  const letters = name
    .split(/\s+/)
    .slice(0, 2)
    .map((part) => part.charAt(0).toUpperCase())
    .join('');
  return (
    <Menu.Root>
      <Menu.Trigger
        aria-label={t`Account of ${name}`}
        className="inline-flex size-8 items-center justify-center rounded-full bg-brand-soft text-table font-semibold text-brand pointer-coarse:size-11"
      >
        {letters}
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={6} className="z-50">
          <Menu.Popup className="sheet w-64 rounded-card border border-line bg-surface p-1.5 text-body shadow-(--shadow) outline-none">
            <div className="px-2 py-1.5">
              <p className="m-0 truncate font-medium">{name}</p>
              <p className="m-0 text-meta text-ink-3">{sentence(user.role)}</p>
            </div>
            <Menu.Item className={ITEM} render={<Link to="/app/account" />}>
              {t('Account')}
            </Menu.Item>
            <Menu.Item className={ITEM} onClick={toggleTheme} closeOnClick={false}>
              {t('Light or dark')} <kbd className="text-meta text-ink-3">D</kbd>
            </Menu.Item>
            <Menu.Item
              className={ITEM}
              closeOnClick={false}
              onClick={() => {
                setDensity(density === 'compact' ? 'comfortable' : 'compact');
              }}
            >
              {density === 'compact' ? t('Comfortable rows') : t('Compact rows')}
            </Menu.Item>
            {LANGUAGES.filter(([name]) => name !== LANGUAGE).map(([name, word]) => (
              <Menu.Item
                key={name}
                className={ITEM}
                onClick={() => {
                  chooseLanguage(name);
                  location.reload();
                }}
              >
                <span lang={name}>{word}</span>
              </Menu.Item>
            ))}
            <Menu.Item className={ITEM} onClick={onKeys}>
              {t('Keys')} <kbd className="text-meta text-ink-3">?</kbd>
            </Menu.Item>
            <Menu.Item className={ITEM} onClick={onLogOut}>
              {t('Log out')}
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
