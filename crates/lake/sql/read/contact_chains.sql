-- Every silver row of a page of contacts. A chain belongs to the contact of its first member.
WITH firsts AS (
  SELECT chain_id AS first_uri, lower(btrim(invitee_email)) AS contact FROM silver.invitees WHERE invitee_uri = chain_id
),
page AS (
  SELECT DISTINCT contact FROM firsts WHERE $1 = '' OR contact = $1 ORDER BY contact LIMIT {limit} OFFSET {offset}
)
SELECT page.contact, invitees.*
FROM silver.invitees AS invitees
JOIN firsts ON invitees.chain_id = firsts.first_uri
JOIN page ON page.contact = firsts.contact
ORDER BY page.contact, invitees.chain_id, invitees.invitee_created_at, invitees.invitee_uri
