import { Dialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { t } from '@/shared/i18n/t';
import { cx } from './classes';
import { useWide } from './useNarrow';

const SHAPES = {
  panel:
    'fixed inset-y-0 end-0 w-full overflow-y-auto border-s border-line sm:w-[480px] sm:max-w-[92vw]',
  wide: 'fixed inset-y-0 end-0 w-full overflow-y-auto border-s border-line sm:w-[760px] sm:max-w-[92vw]',
  middle:
    'fixed start-1/2 top-[12vh] max-h-[80vh] w-[min(520px,calc(100vw-32px))] -translate-x-1/2 overflow-y-auto rounded-sheet border border-line',
  drawer: 'fixed inset-y-0 start-0 w-[280px] max-w-[86vw] overflow-y-auto border-e border-line',
} as const;

/** An overlay: it traps the focus and gives it back. */
export function Overlay({
  open,
  onClose,
  title,
  note,
  shape = 'panel',
  actions,
  bare = false,
  first,
  beside = false,
  children,
}: {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  note?: ReactNode;
  shape?: keyof typeof SHAPES;
  actions?: ReactNode;
  /** Without a head; the title is read aloud only. */
  bare?: boolean;
  /** What gets the focus, where it is not what stands first. */
  first?: () => HTMLElement | null;
  /** On a wide window the page beside it stays in sight and in use. */
  beside?: boolean;
  children: ReactNode;
}) {
  const docked = useWide() && beside;
  return (
    <Dialog.Root
      open={open}
      modal={docked ? 'trap-focus' : true}
      disablePointerDismissal={docked}
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
    >
      <Dialog.Portal>
        {!docked && <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/30" />}
        <Dialog.Popup
          initialFocus={first ? () => first() ?? true : undefined}
          className={cx(
            'sheet z-50 bg-surface text-ink shadow-(--shadow) outline-none',
            SHAPES[shape],
          )}
        >
          {bare ? (
            <Dialog.Title className="sr-only">{title}</Dialog.Title>
          ) : (
            <header className="sticky top-0 z-10 flex items-start justify-between gap-3 border-b border-line bg-surface px-4 py-3">
              <div className="min-w-0">
                <Dialog.Title className="m-0 text-customer font-semibold wrap-anywhere">
                  {title}
                </Dialog.Title>
                {note && (
                  <Dialog.Description className="m-0 text-meta text-ink-3">
                    {note}
                  </Dialog.Description>
                )}
              </div>
              <div className="flex items-center gap-1">
                {actions}
                <Dialog.Close
                  aria-label={t('Close')}
                  title={t('Close (Esc)')}
                  className="touch inline-flex size-8 items-center justify-center rounded-control text-ink-2 hover:bg-sunken pointer-coarse:size-11"
                >
                  <X size={18} aria-hidden />
                </Dialog.Close>
              </div>
            </header>
          )}
          <div className={bare ? '' : 'p-4'}>{children}</div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
