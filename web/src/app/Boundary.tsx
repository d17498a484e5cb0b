import { Component, type ReactNode } from 'react';
import { t } from '@/shared/i18n/t';
import { Button } from '@/shared/ui/Button';
import { Card, Empty } from '@/shared/ui/Card';

interface Props {
  children: ReactNode;
}

interface State {
  failed: boolean;
  /** A part of the app could not be loaded, so nothing in the page is broken. */
  offline: boolean;
}

/** What browsers say of a part of the app that they could not load. */
const UNLOADED = /dynamically imported module|module script|preload/i;
/** How often the server is looked for while a part is missing. */
const LOOK_MS = 5_000;

/** Keeps a page that fails from taking the frame with it. Its `key` is the page's address: another page starts anew. */
export class Boundary extends Component<Props, State> {
  override state: State = { failed: false, offline: false };

  private looking: ReturnType<typeof setInterval> | undefined;

  static getDerivedStateFromError(error: unknown): State {
    const unloaded = error instanceof Error && UNLOADED.test(error.message);
    return { failed: true, offline: unloaded || !navigator.onLine };
  }

  /** Loads the page anew as soon as the server answers: without an answer a reload would leave the app. */
  private readonly again = async (): Promise<void> => {
    if (!this.state.failed) return;
    const answer = await fetch('/api/meta', { cache: 'no-store' }).catch(() => null);
    if (answer) location.reload();
  };

  private readonly look = (): void => {
    if (this.state.offline) void this.again();
  };

  override componentDidMount(): void {
    addEventListener('online', this.look);
  }

  override componentDidUpdate(): void {
    if (this.state.offline) this.looking ??= setInterval(this.look, LOOK_MS);
  }

  override componentWillUnmount(): void {
    removeEventListener('online', this.look);
    clearInterval(this.looking);
  }

  override render(): ReactNode {
    const { failed, offline } = this.state;
    if (!failed) return this.props.children;
    if (offline)
      return (
        <div className="p-6">
          <Card>
            <Empty action={<Button onClick={() => void this.again()}>{t('Try again')}</Button>}>
              {t('No connection. This page loads when it is back.')}
            </Empty>
          </Card>
        </div>
      );
    return (
      <div className="p-6">
        <Card title={t('This page can’t be shown')}>
          <Empty
            action={
              <Button
                kind="primary"
                onClick={() => {
                  location.assign(location.pathname);
                }}
              >
                {t('Open it without its filters')}
              </Button>
            }
          >
            {t('This page crashed. The other pages work.')}
          </Empty>
        </Card>
      </div>
    );
  }
}
