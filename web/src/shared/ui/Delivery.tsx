import { Link } from 'react-router';
import { shortId } from '@/shared/format/number';
import { useFrame } from '@/shared/frame';
import { t } from '@/shared/i18n/t';

/** The delivery that told something; it opens for who may read the inbox. */
export function Delivery({ id }: { id: string }) {
  const { role } = useFrame();
  const word = t`raw ${shortId(id)}`;
  if (role !== 'admin') return <>{word}</>;
  return (
    <Link className="inline-flex min-h-6 items-center text-brand" to={`/app/inbox?open=${id}`}>
      {word}
    </Link>
  );
}
