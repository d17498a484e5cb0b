import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { told } from '@/shared/api/told';
import { decide, type Decision, type Move } from '@/shared/api/people';
import { t } from '@/shared/i18n/t';
import { Badge } from '@/shared/ui/Badge';
import { Button } from '@/shared/ui/Button';
import { Overlay } from '@/shared/ui/Dialogs';
import { Tile } from '@/shared/ui/Tile';
import { takesBack } from './moves';
import { Moves } from './Moves';

interface Receipt {
  text: string;
  moves: Move[];
  /** The merge that can be taken back. */
  mergeId: string | null;
  /** Of an undoing: everything is as before. */
  asBefore: boolean | null;
}

/** A merge or its undoing: first what would move, then the decision, then a receipt. */
export function DecideDialog({
  decision,
  title,
  onClose,
}: {
  decision: Decision;
  title: string;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const [now, setNow] = useState(decision);
  const [receipt, setReceipt] = useState<Receipt | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const preview = useQuery({
    queryKey: ['dry-run', now],
    queryFn: () => decide(now, true),
    staleTime: 0,
    enabled: receipt === null,
  });
  const foreseen = preview.data?.moves ?? [];
  const isMerge = now.kind === 'merge';
  const run = async (next: Decision, foretold: Move[], done: Move[] | null) => {
    setBusy(true);
    setProblem(null);
    try {
      const { merge_id: mergeId, moves = foretold } = await decide(next, false);
      const merged = next.kind === 'merge';
      setNow(next);
      setReceipt({
        text: merged ? t('Merged') : t('Taken back'),
        moves,
        mergeId: merged ? (mergeId ?? null) : null,
        asBefore: done && takesBack(moves, done),
      });
      await client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'dry-run' });
    } catch (error) {
      setProblem(told(error));
    } finally {
      setBusy(false);
    }
  };
  const undo = async (mergeId: string, done: Move[]) => {
    const back: Decision = { kind: 'unmerge', merge_id: mergeId };
    const foretold = await decide(back, true).catch(() => null);
    await run(back, foretold?.moves ?? [], done);
  };
  return (
    <Overlay open onClose={onClose} title={title} shape="wide">
      <div className="flex flex-col gap-4">
        {receipt ? (
          <>
            <p role="status" className="m-0 flex flex-wrap items-center gap-2">
              <Badge tone="ok">{receipt.text}</Badge>
              {receipt.asBefore === true && <Badge tone="ok">{t('All numbers as before')}</Badge>}
              {receipt.asBefore === false && (
                <Badge tone="warn">{t('Not all numbers are as before: see what moved')}</Badge>
              )}
            </p>
            <Moves moves={receipt.moves} />
          </>
        ) : (
          <Tile query={preview} what={t('what would move')}>
            {({ moves = [] }) => (
              <div className="flex flex-col gap-2">
                <p className="m-0">
                  {isMerge
                    ? t('If you merge them, exactly this moves. It can be taken back at any time.')
                    : t('If you take the merge back, exactly this moves.')}
                </p>
                <Moves moves={moves} />
              </div>
            )}
          </Tile>
        )}
        {problem && (
          <p role="alert" className="m-0 text-bad">
            {problem}
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{receipt ? t('Close') : t('Leave as it is')}</Button>
          {receipt?.mergeId && (
            <Button busy={busy} onClick={() => void undo(receipt.mergeId ?? '', receipt.moves)}>
              {t('Undo')}
            </Button>
          )}
          {!receipt && (
            <Button
              kind="primary"
              busy={busy}
              disabled={!preview.data}
              onClick={() => void run(now, foreseen, null)}
            >
              {isMerge ? t('Merge these two') : t('Take the merge back')}
            </Button>
          )}
        </div>
      </div>
    </Overlay>
  );
}
