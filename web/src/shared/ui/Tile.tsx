import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useFrame } from '@/shared/frame';
import { isoOf } from '@/shared/time';
import { t } from '@/shared/i18n/t';
import { cx } from './classes';
import { Guard } from './Guard';
import { ProblemCard } from './Problem';
import { Time } from './Time';

/** The states of anything that is loaded: skeleton, problem in place, content, which stays while the next one loads. */
export function Tile<T>({
  query,
  what,
  height = 'min-h-40',
  bones,
  children,
}: {
  query: Pick<
    UseQueryResult<T>,
    'data' | 'error' | 'isPending' | 'isPlaceholderData' | 'dataUpdatedAt' | 'refetch'
  >;
  what: string;
  height?: string;
  /** What stands where the parts of the content will be; without it one area. */
  bones?: ReactNode;
  children: (data: T) => ReactNode;
}) {
  const frame = useFrame();
  const retry = () => void query.refetch();
  if (query.isPending) {
    return (
      <div
        role="status"
        aria-label={t`Loading ${what}`}
        className={bones ? undefined : cx('skeleton w-full', height)}
      >
        {bones}
      </div>
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
      {query.data !== undefined && query.error && (
        <p className="m-0 mb-2 px-4 text-meta text-ink-3">
          {t('What is shown was loaded')} <Time at={isoOf(query.dataUpdatedAt)} />
        </p>
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
