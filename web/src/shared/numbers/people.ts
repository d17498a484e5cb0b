/** The person who has what belongs to nobody. */
export const UNASSIGNED = 'unassigned';

/** What stands in addresses for somebody of the API's answers: no address of the web holds one of a person. */
export const tokenOf = (one: { user_token?: string }): string => one.user_token ?? UNASSIGNED;
