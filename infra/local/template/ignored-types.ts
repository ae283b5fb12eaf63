/**
 * Resource types that have no effect on one machine, each with the reason. A type that is neither here nor in
 * resource-types.ts is refused at start.
 */
export const ignoredTypes: Record<string, string> = {
  'AWS::CDK::Metadata': 'usage statistics for AWS',
  'AWS::CloudFront::CachePolicy': 'there is no cache between browser and server',
  'AWS::CloudFront::OriginAccessControl': 'the pages are read from their folder',
  'AWS::CloudFront::OriginRequestPolicy': 'the server forwards every header',
  'AWS::CloudWatch::Alarm': 'there are no metrics; errors are on the terminal and in the logs folder',
  'AWS::CloudWatch::CompositeAlarm':
    'there are no metrics; errors are on the terminal and in the logs folder',
  'AWS::CloudWatch::Dashboard': 'there are no metrics',
  'AWS::Cognito::UserPoolDomain': 'staff sign in under /oidc',
  'AWS::Cognito::UserPoolGroup': "a person's only group is the role in the city file",
  'AWS::Lambda::LayerVersion':
    'only the page deployment has one, and the server reads the pages from their folder',
  'AWS::Logs::QueryDefinition': 'npm run ops -- trace reads the logs folder',
  'AWS::Logs::MetricFilter': 'there are no metrics',
};
