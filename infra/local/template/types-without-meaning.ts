/**
 * Resource types that change nothing on one machine, each with the reason. A type that is neither here nor in
 * resource-types.ts is refused by name at start.
 */
export const typesWithoutMeaning: Record<string, string> = {
  'AWS::CDK::Metadata': 'tells AWS which constructs were used',
  'AWS::CloudFront::CachePolicy': 'nothing is cached between a browser and this process',
  'AWS::CloudFront::OriginAccessControl': 'the pages are read from their folder, by this process alone',
  'AWS::CloudFront::OriginRequestPolicy': 'the front door passes every header on',
  'AWS::CloudWatch::Alarm': 'there are no metrics; errors are on the terminal and in the logs folder',
  'AWS::CloudWatch::CompositeAlarm':
    'there are no metrics; errors are on the terminal and in the logs folder',
  'AWS::CloudWatch::Dashboard': 'there are no metrics',
  'AWS::Cognito::UserPoolDomain': 'people sign in under /oidc of the front door',
  'AWS::Cognito::UserPoolGroup': "a person's one group is the role in the city's file",
  'AWS::Lambda::LayerVersion':
    'only the copying of the pages has one, and the front door serves them as they lie',
  'AWS::Logs::QueryDefinition': 'npm run ops -- trace reads the logs folder',
  'AWS::Logs::MetricFilter': 'there are no metrics',
};
