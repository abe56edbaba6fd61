-- A transfer is shown to whom one of its accounts belongs. What has no accounts afterwards, as a process of the version before may still write
-- it, is shown to services only.
alter table accounts.transfers add column from_account uuid, add column to_account uuid;
update accounts.transfers t
set from_account = (e.told ->> 'from')::uuid, to_account = (e.told ->> 'to')::uuid
from (select convert_from(data, 'UTF8')::json as told from log.events where type in ('accounts.transfer-started.v1', 'accounts.transfer-refused.v1')) e
where t.transfer_id = (e.told ->> 'transferId')::uuid;
