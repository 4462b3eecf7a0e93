// Each parameter by an environment variable, as `azd env set` keeps them; what is not set stays at its default.
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')
param deployerId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param deployerType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User')

param baseUrl = readEnvironmentVariable('SHARELINKS_BASE_URL', '')
param formerHosts = json(readEnvironmentVariable('SHARELINKS_FORMER_HOSTS', '[]'))
param useFrontDoor = bool(readEnvironmentVariable('SHARELINKS_FRONT_DOOR', 'false'))
param customDomain = readEnvironmentVariable('SHARELINKS_DOMAIN', '')
param clientAddressHeader = readEnvironmentVariable('SHARELINKS_CLIENT_ADDRESS_HEADER', '')

param webDestination = readEnvironmentVariable('SHARELINKS_WEB_DESTINATION')
param similarDestination = readEnvironmentVariable('SHARELINKS_SIMILAR_DESTINATION', '')
param brand = json(readEnvironmentVariable('SHARELINKS_BRAND', '{}'))
param apps = json(readEnvironmentVariable('SHARELINKS_APPS', '{}'))

param visitorCookie = readEnvironmentVariable('SHARELINKS_VISITOR_COOKIE', 'Off')
param reportingTimeZone = readEnvironmentVariable('SHARELINKS_TIME_ZONE', 'Asia/Shanghai')
param reportedTags = json(readEnvironmentVariable('SHARELINKS_REPORTED_TAGS', '[]'))
param clickRetentionDays = int(readEnvironmentVariable('SHARELINKS_RETENTION_DAYS', '90'))

param tokenKeys = split(readEnvironmentVariable('SHARELINKS_TOKEN_KEYS', '1'), ',')
param signingKeys = split(readEnvironmentVariable('SHARELINKS_SIGNING_KEYS', '1'), ',')
param visitorKeys = split(readEnvironmentVariable('SHARELINKS_VISITOR_KEYS', '1'), ',')
param hasWeChatSecret = bool(readEnvironmentVariable('SHARELINKS_WECHAT_SECRET', 'false'))

param extraSettings = json(readEnvironmentVariable('SHARELINKS_EXTRA_SETTINGS', '{}'))
param maximumInstanceCount = int(readEnvironmentVariable('SHARELINKS_MAX_INSTANCES', '100'))
param alwaysReadyInstances = int(readEnvironmentVariable('SHARELINKS_READY_INSTANCES', '0'))
param dataRedundancy = readEnvironmentVariable('SHARELINKS_DATA_REDUNDANCY', 'Standard_ZRS')
param alertEmail = readEnvironmentVariable('SHARELINKS_ALERT_EMAIL', '')
