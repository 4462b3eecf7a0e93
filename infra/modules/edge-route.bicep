// The way from Front Door to the app. Nothing is cached: a cached redirect is a lost click.
param profileName string
param endpointName string
param domainName string
param appHost string

resource profile 'Microsoft.Cdn/profiles@2024-02-01' existing = {
  name: profileName

  resource endpoint 'afdEndpoints' existing = {
    name: endpointName
  }

  resource domain 'customDomains' existing = {
    name: empty(domainName) ? 'none' : domainName
  }
}

resource origins 'Microsoft.Cdn/profiles/originGroups@2024-02-01' = {
  parent: profile
  name: 'app'
  properties: {
    loadBalancingSettings: { sampleSize: 4, successfulSamplesRequired: 3 }
  }

  resource origin 'origins' = {
    name: 'app'
    properties: {
      hostName: appHost
      originHostHeader: appHost
      httpsPort: 443
      enforceCertificateNameCheck: true
    }
  }
}

// The Functions host marks requests by this header, but leaves alone what a client has sent.
resource ruleSet 'Microsoft.Cdn/profiles/ruleSets@2024-02-01' = {
  parent: profile
  name: 'requests'

  resource rule 'rules' = {
    name: 'withoutInvocation'
    properties: {
      order: 1
      actions: [
        {
          name: 'ModifyRequestHeader'
          parameters: { typeName: 'DeliveryRuleHeaderActionParameters', headerAction: 'Delete', headerName: 'x-ms-invocation-id' }
        }
      ]
    }
  }
}

resource route 'Microsoft.Cdn/profiles/afdEndpoints/routes@2024-02-01' = {
  parent: profile::endpoint
  name: 'all'
  properties: {
    originGroup: { id: origins.id }
    customDomains: empty(domainName) ? [] : [{ id: profile::domain.id }]
    patternsToMatch: ['/*']
    ruleSets: [{ id: ruleSet.id }]
    supportedProtocols: ['Http', 'Https']
    httpsRedirect: 'Enabled'
    forwardingProtocol: 'HttpsOnly'
    linkToDefaultDomain: 'Enabled'
  }
  dependsOn: [origins::origin, ruleSet::rule]
}
