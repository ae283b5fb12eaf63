import type { PreTokenGenerationV2TriggerEvent } from 'aws-lambda';

/**
 * The user pool's pre-token-generation trigger: puts a member of staff's departments and areas, which are
 * attributes of the user, into the access token, where the API reads them.
 */
export function addClaims(
  event: PreTokenGenerationV2TriggerEvent,
): Promise<PreTokenGenerationV2TriggerEvent> {
  const attributes = event.request.userAttributes;
  event.response = {
    claimsAndScopeOverrideDetails: {
      accessTokenGeneration: {
        claimsToAddOrOverride: {
          departments: attributes['custom:departments'] ?? '',
          areas: attributes['custom:areas'] ?? '',
        },
      },
    },
  };
  return Promise.resolve(event);
}
