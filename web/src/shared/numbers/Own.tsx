import type { ReactNode } from 'react';
import { Lock } from 'lucide-react';
import { ApiError } from '@/shared/api/client';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { Card } from '@/shared/ui/Card';
import type { Numbers } from './useNumbers';

/** Figures, or, where an address asks for those of a person whom the reader may not see, the way to their own. */
export function Own({ numbers, children }: { numbers: Numbers; children: ReactNode }) {
  const { role } = useFrame();
  const { user, set, query } = numbers;
  const refused = query.error instanceof ApiError && query.error.status === 403;
  if (role !== 'sales' || user === null || !refused) return <>{children}</>;
  return (
    <Card>
      <div role="alert" className="flex gap-3 text-ink-2">
        <Lock size={20} aria-hidden className="shrink-0" />
        <div>
          <p className="m-0">
            {t('This address asks for the numbers of another person. You see your own.')}
          </p>
          <Button kind="primary" className="mt-3" onClick={() => void set({ user: null })}>
            {t('Your numbers')}
          </Button>
        </div>
      </div>
    </Card>
  );
}
