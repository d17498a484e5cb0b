import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';
import { cx } from './classes';
import { Guard } from './Guard';
import { ProblemCard } from './Problem';

/** The states of anything that is loaded: skeleton, problem in place, content, which stays while the next one loads. */
export function Tile<T>({
  query,
  what,
  height = 'min-h-40',
  children,
}: {
  query: Pick<
    UseQueryResult<T>,
    'data' | 'error' | 'isPending' | 'isPlaceholderData' | 'dataUpdatedAt' | 'refetch'
  >;
  what: string;
  height?: string;
  children: (data: T) => ReactNode;
}) {
  const frame = useFrame();
  const retry = () => void query.refetch();
  if (query.isPending) {
    return (
      <div
        role="status"
        aria-label={t`Loading ${what}`}
        className={cx('skeleton w-full', height)}
      />
    );
  }
  return (
    <>
      {query.error && (
        <ProblemCard
          error={query.error}
          retry={retry}
          what={what}
          admins={frame.admins}
          role={frame.role}
        />
      )}
      {query.data !== undefined && (
        <div className={cx((query.isPlaceholderData || query.error) && 'opacity-60')}>
          <Guard what={what}>
            <Shown data={query.data} show={children} />
          </Guard>
        </div>
      )}
    </>
  );
}

/** The content: a part of its own, so that a fault in it is caught around it. */
function Shown<T>({ data, show }: { data: T; show: (data: T) => ReactNode }) {
  return <>{show(data)}</>;
}
