import { useQuery, useQueryClient } from '@tanstack/react-query';
import { api, unwrap, type Schema } from '@/shared/api/client';
import { told } from '@/shared/api/told';
import { useToasts } from '@/shared/ui/Toasts';

export type Task = Schema['VendorTask'];

/** What is not done; what waits for a person comes first. */
const OPEN = ['manual', 'failed', 'pending'] as const;
const LIMIT = 1000;

const of = async (status: string): Promise<Task[]> => {
  const query = { status, limit: LIMIT };
  return (await unwrap(api.GET('/api/privacy/tasks', { params: { query } }))).items;
};

/** Deletions at vendors: those that are open, or those that are done. */
export const useTasks = (shown: 'open' | 'done') =>
  useQuery({
    queryKey: ['vendor-tasks', shown],
    queryFn: async () => {
      const statuses = shown === 'open' ? OPEN : (['done'] as const);
      return (await Promise.all(statuses.map(of))).flat();
    },
  });

/** Rules about a task, tells the result and loads what has changed by it. */
export function useRule(): (task: Task, ruling: 'done' | 'retry', said: string) => Promise<void> {
  const client = useQueryClient();
  const tell = useToasts((toasts) => toasts.tell);
  return async (task, ruling, said) => {
    const params = { path: { id: task.task_id } };
    try {
      await unwrap(
        ruling === 'done'
          ? api.POST('/api/privacy/tasks/{id}/done', { params })
          : api.POST('/api/privacy/tasks/{id}/retry', { params }),
      );
      tell(said);
    } catch (error) {
      tell(told(error), true);
    }
    await client.invalidateQueries({ queryKey: ['vendor-tasks'] });
    await client.invalidateQueries({ queryKey: ['ops'] });
  };
}
