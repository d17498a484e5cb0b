import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { ApiError } from '@/shared/api/client';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Card } from '@/shared/ui/Card';
import { buttonClass } from '@/shared/ui/classes';
import { Page } from '@/shared/ui/Page';
import { ProblemCard } from '@/shared/ui/Problem';
import type { Role } from './session';

/** A page for some roles. The API forbids; this merely does not ask it, and says whom to ask. */
export function Only({
  roles,
  what,
  children,
}: {
  roles: Role[];
  what: string;
  children: ReactNode;
}) {
  const { role, admins } = useFrame();
  if (roles.includes(role)) return <>{children}</>;
  const forbidden = new ApiError(403, { code: 'forbidden', detail: '' });
  return (
    <Page title={t('Not for your role')}>
      <Card>
        <ProblemCard error={forbidden} what={what} admins={admins} role={role} />
        <Link className={buttonClass('primary', 'ms-12 mb-2')} to="/app">
          {t('Go to Overview')}
        </Link>
      </Card>
    </Page>
  );
}
