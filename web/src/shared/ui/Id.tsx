import { shortId } from '@/shared/format/number';

/** An id or a hash: its ends are shown, the whole is in the tip. */
export function Id({ id }: { id: string | null | undefined }) {
  if (!id) return <>–</>;
  return (
    <span title={id} className="font-mono text-meta">
      {shortId(id)}
    </span>
  );
}
