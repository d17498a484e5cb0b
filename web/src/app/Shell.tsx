import { useQueryClient } from '@tanstack/react-query';
import { Menu as MenuIcon, PanelLeft, RefreshCw, Search } from 'lucide-react';
import { Suspense, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { Outlet, useLocation, useNavigate, useSearchParams } from 'react-router';
import { api, ApiError } from '@/shared/api/client';
import { FrameProvider } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { KNOWN, momentIn } from '@/shared/moment';
import { usePreferences } from '@/shared/theme';
import { IconButton } from '@/shared/ui/Button';
import { cx } from '@/shared/ui/classes';
import { Overlay } from '@/shared/ui/Dialogs';
import { Toasts } from '@/shared/ui/Toasts';
import { AccountMenu } from './AccountMenu';
import { AsOf } from './AsOf';
import { Boundary } from './Boundary';
import { KeysHelp } from './KeysHelp';
import { LogInAgain } from './LogInAgain';
import { MaintenanceNotice } from './MaintenanceNotice';
import { MomentPicker } from './MomentPicker';
import { NewerPill, useNewer } from './Newer';
import { Palette } from './Palette';
import { PastBanner } from './PastBanner';
import { useMe, useMeta, type Role } from './session';
import { Sidebar } from './Sidebar';
import { useKeys } from './useKeys';

const online = (changed: () => void) => {
  addEventListener('online', changed);
  addEventListener('offline', changed);
  return () => {
    removeEventListener('online', changed);
    removeEventListener('offline', changed);
  };
};

/** Placeholder while a page is loading. */
const Wait = () => (
  <div className="p-6">
    <div className="skeleton h-40" role="status" aria-label={t('Loading')} />
  </div>
);

/** The frame of the team's pages. */
export function Shell() {
  const me = useMe();
  const navigate = useNavigate();
  const { pathname, search } = useLocation();
  const known = me.data !== undefined;
  const refused = me.error instanceof ApiError && me.error.status === 401;
  useEffect(() => {
    if (refused && !known) {
      void navigate(`/login?to=${encodeURIComponent(pathname + search)}`, { replace: true });
    }
  }, [refused, known, navigate, pathname, search]);
  if (!me.data) return <Wait />;
  return <Framed user={me.data.user} role={me.data.user.role as Role} />;
}

function Framed({ user, role }: { user: Parameters<typeof AccountMenu>[0]['user']; role: Role }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const meta = useMeta(true);
  const collapsed = usePreferences((p) => p.collapsed);
  const toggle = usePreferences((p) => p.toggleCollapsed);
  const [layer, setLayer] = useState<'palette' | 'keys' | 'drawer' | 'moment' | null>(null);
  const isOnline = useSyncExternalStore(online, () => navigator.onLine);
  const asOf = meta.data?.as_of ?? null;
  const { pathname } = useLocation();
  const [params] = useSearchParams();
  const at = momentIn(params);
  const known = momentIn(params, KNOWN);
  const past = at !== null || known !== null;
  const reading = params.has('panel');
  const { shown, ...newer } = useNewer(asOf, past || reading);
  const refresh = useMemo(() => () => void client.invalidateQueries(), [client]);
  const doings = useMemo(
    () => ({
      palette: () => {
        setLayer('palette');
      },
      keys: () => {
        setLayer('keys');
      },
      moment: () => {
        setLayer('moment');
      },
      refresh,
    }),
    [refresh],
  );
  useKeys(role, doings);
  const close = () => {
    setLayer(null);
  };
  const logOut = async () => {
    await api.POST('/api/auth/logout').catch(() => null);
    client.clear();
    await navigate('/login');
  };
  const frame = {
    zone: meta.data?.reporting_timezone ?? 'UTC',
    role,
    userId: user.id,
    admins: meta.data?.admins ?? [],
    asOf: shown,
    lag: newer.waits ? null : (meta.data?.lag_seconds ?? null),
    newer,
    at,
    known,
    currency: meta.data?.currencies[0] ?? 'USD',
    healthBase: meta.data?.health_base ?? 0,
  };
  return (
    <FrameProvider value={frame}>
      <a
        href="#content"
        className="fixed start-2 top-2 z-60 -translate-y-16 rounded-control bg-brand px-3 py-2 text-on-brand focus:translate-y-0"
      >
        {t('Skip to the content')}
      </a>
      <div className="flex min-h-dvh">
        <aside
          className={cx(
            'sticky top-0 hidden h-dvh shrink-0 overflow-y-auto border-e border-line bg-surface lg:block',
            collapsed ? 'w-14' : 'w-58',
          )}
        >
          <Sidebar role={role} small={collapsed} />
        </aside>
        <div className="flex min-w-0 flex-1 flex-col">
          <header className="sticky top-0 z-30 flex min-h-14 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-surface px-3 py-1.5 sm:px-6">
            <IconButton
              label={t('Pages')}
              className="lg:hidden"
              onClick={() => {
                setLayer('drawer');
              }}
            >
              <MenuIcon size={20} aria-hidden />
            </IconButton>
            <IconButton
              label={collapsed ? t('Wide sidebar') : t('Narrow sidebar')}
              className="max-lg:hidden"
              onClick={toggle}
            >
              <PanelLeft size={18} aria-hidden />
            </IconButton>
            <button
              type="button"
              className="inline-flex h-8 w-72 items-center gap-2 rounded-control border border-line bg-sunken px-2.5 text-table text-ink-3 hover:border-border max-lg:hidden pointer-coarse:h-11"
              onClick={doings.palette}
            >
              <Search size={16} aria-hidden />
              {t('Search')}
              <kbd aria-hidden className="ms-auto text-meta">
                ⌘K
              </kbd>
            </button>
            {role === 'sales' && (
              <span className="text-table text-ink-3 max-sm:hidden">{t('Only your numbers')}</span>
            )}
            <div className="ms-auto max-sm:order-last max-sm:ms-0 max-sm:w-full">
              <AsOf meta={meta.data} at={at ?? known} onOpen={doings.moment} />
            </div>
            <div className="flex items-center gap-1 max-sm:ms-auto">
              <IconButton
                label={t('Search')}
                hint="⌘K"
                className="lg:hidden"
                onClick={doings.palette}
              >
                <Search size={18} aria-hidden />
              </IconButton>
              <IconButton label={t('Refresh')} hint="R" onClick={refresh}>
                <RefreshCw size={18} aria-hidden className={meta.isFetching ? 'opacity-60' : ''} />
              </IconButton>
              <AccountMenu user={user} onLogOut={() => void logOut()} onKeys={doings.keys} />
            </div>
          </header>
          {!isOnline && (
            <p role="status" className="m-0 bg-warn-soft px-6 py-2 text-warn">
              {t('There is no connection. What you see may be old.')}
            </p>
          )}
          {meta.data?.maintenance && (
            <MaintenanceNotice notice={meta.data.maintenance} zone={frame.zone} />
          )}
          {past && <PastBanner at={at} known={known} zone={frame.zone} />}
          <main
            id="content"
            className={cx('min-w-0 flex-1', past && 'border-4 border-t-0 border-warn')}
          >
            <Suspense fallback={<Wait />}>
              {/* Days are counted in the zone that it tells: nothing is asked before. */}
              {meta.isPending ? (
                <Wait />
              ) : (
                <Boundary key={pathname}>
                  <Outlet />
                </Boundary>
              )}
            </Suspense>
          </main>
        </div>
      </div>
      <Overlay open={layer === 'drawer'} onClose={close} title={t('Pages')} shape="drawer" bare>
        <Sidebar role={role} onGo={close} />
      </Overlay>
      <Palette
        role={role}
        open={layer === 'palette'}
        onClose={close}
        refresh={refresh}
        moment={doings.moment}
      />
      <KeysHelp role={role} open={layer === 'keys'} onClose={close} />
      <MomentPicker
        open={layer === 'moment'}
        onClose={close}
        at={at}
        known={known}
        zone={frame.zone}
      />
      {!reading && <NewerPill />}
      <LogInAgain email={user.email} />
      <Toasts />
    </FrameProvider>
  );
}
